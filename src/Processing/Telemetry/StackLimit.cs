using Npgsql;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Telemetry;

/// <summary>
/// Which error is written with its stack: each cause at most once a minute, and never a server that is away,
/// as the place in our code that noticed it explains nothing. Not thread-safe.
/// </summary>
sealed class StackLimit(TimeProvider clock)
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    const int MostKept = 1_000;

    /// <summary>Most characters that are kept of the text of an error.</summary>
    const int LongestCause = 500;

    readonly Dictionary<string, long> _writtenAt = new(StringComparer.Ordinal);

    internal bool IsDue(Exception error)
    {
        if (IsOfAServer(error))
        {
            return false;
        }

        var cause = error.GetBaseException();
        var key = $"{error.GetType()} {cause.GetType()} {(cause as PostgresException)?.SqlState}";
        if (_writtenAt.TryGetValue(key, out var at) && clock.GetElapsedTime(at) < Pause)
        {
            return false;
        }

        if (_writtenAt.Count >= MostKept)
        {
            _writtenAt.Clear();
        }

        _writtenAt[key] = clock.GetTimestamp();
        return true;
    }

    /// <summary>The cause in one line.</summary>
    internal static string Explain(Exception error)
    {
        var text = error.GetBaseException() switch
        {
            PostgresException cause => $"{cause.SqlState}: {cause.MessageText}",
            var cause => $"{cause.GetType().Name}: {cause.Message}",
        };
        return text.Length > LongestCause ? text[..LongestCause] + "…" : text;
    }

    static bool IsOfAServer(Exception error) =>
        Faults.Classify(error) != Fault.Data
        || Faults.Classify(error.GetBaseException()) != Fault.Data
        || IsOfRabbitMq(error)
        || IsOfRabbitMq(error.GetBaseException());

    static bool IsOfRabbitMq(Exception error) =>
        error.GetType().Namespace is { } room
        && (room.StartsWith("RabbitMQ.", StringComparison.Ordinal)
            || room.StartsWith("MassTransit", StringComparison.Ordinal));
}
