using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Reversals.Gateway;

/// <summary>
/// Closes whoever connects beyond a limit. Each listener has one of its own: Kestrel's counts all together,
/// so that callers could keep out the probes.
/// </summary>
sealed class ConnectionLimit(int most)
{
    /// <summary>Enough for a handful of probes and for whoever looks besides.</summary>
    const int MostOperators = 100;

    int _open;

    internal static void ForOperators(ListenOptions listener) =>
        listener.Use(new ConnectionLimit(MostOperators).Limit);

    internal ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        try
        {
            if (Interlocked.Increment(ref _open) > most)
            {
                connection.Abort();
            }
            else
            {
                await next(connection);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    };
}
