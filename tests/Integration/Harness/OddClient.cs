using System.Net.Sockets;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A sender whose bytes are not those of the library: one sequence is replaced by another.</summary>
sealed class OddClient(AddressFamily family, byte[] usual, byte[] odd)
#pragma warning disable CA2000 // The base closes it.
    : TcpClientAdapter(new Socket(family, SocketType.Stream, ProtocolType.Tcp))
#pragma warning restore CA2000
{
    public override NetworkStream GetStream() => new Replacing(Client, usual, odd);

    /// <summary>Connects with such a sender.</summary>
    internal static Task<IConnection> ConnectAsync(string address, byte[] usual, byte[] odd) =>
        new ConnectionFactory
        {
            Uri = new Uri(address),
            ClientProvidedName = "tests-odd",
            SocketFactory = family => new OddClient(family, usual, odd),
        }.CreateConnectionAsync();

    sealed class Replacing(Socket socket, byte[] usual, byte[] odd) : NetworkStream(socket)
    {
        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var bytes = buffer.ToArray();
            for (int from = 0, at; (at = bytes.AsSpan(from).IndexOf(usual)) >= 0; from += at + odd.Length)
            {
                odd.CopyTo(bytes, from + at);
            }

            return base.WriteAsync(bytes, cancellationToken);
        }
    }
}
