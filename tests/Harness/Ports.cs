using System.Net.Sockets;

namespace Reversals.Tests.Harness;

/// <summary>Ports to listen on, none given twice by this process: a port is not taken yet when the next is
/// asked for. They lie below those that a system gives to connections, or a connection could take one
/// meanwhile.</summary>
static class Ports
{
    const int First = 10_000;
    const int Count = 10_000;

    static int _given = Environment.ProcessId * 100 % Count;

    /// <summary>A port that was free a moment ago.</summary>
    internal static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _given) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
