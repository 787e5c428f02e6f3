using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Reversals.Tests.Integration.Harness;

/// <summary>What a client says before TLS begins.</summary>
enum Greeting
{
    /// <summary>Nothing, as on the TLS port of RabbitMQ.</summary>
    None,

    /// <summary>PostgreSQL's request for encryption, which is answered with one byte.</summary>
    Postgres,
}

/// <summary>A server with a certificate: ends TLS and passes on to a real server that has none.</summary>
sealed class TlsLink : IAsyncDisposable
{
    const int EncryptionRequest = 80877103;

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _end = new();
    readonly X509Certificate2 _certificate;
    readonly string _host;
    readonly int _port;
    readonly Greeting _greeting;
    readonly Task _accepting;
    int _trusted;
    int _refused;

    internal TlsLink(string host, int port, X509Certificate2 certificate, Greeting greeting)
    {
        (_host, _port, _certificate, _greeting) = (host, port, certificate, greeting);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections whose client went on to say something: it believes the certificate.</summary>
    internal int Trusted => Volatile.Read(ref _trusted);

    /// <summary>Connections whose client left without a word.</summary>
    internal int Refused => Volatile.Read(ref _refused);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _certificate.Dispose();
        _end.Dispose();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception error)
            when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The link is taken down.
        }
    }

    async Task ServeAsync(TcpClient near)
    {
        using var client = near;
        using var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        try
        {
            var first = new byte[16 * 1024];
            await using var secret = new SslStream(near.GetStream());
            var length = await ListenAsync(near.GetStream(), secret, first);
            Interlocked.Increment(ref length > 0 ? ref _trusted : ref _refused);
            if (length == 0)
            {
                return;
            }

            await far.ConnectAsync(_host, _port, _end.Token);
            await using var plain = far.GetStream();
            await plain.WriteAsync(first.AsMemory(0, length), _end.Token);
            await Task.WhenAny(secret.CopyToAsync(plain, _end.Token), plain.CopyToAsync(secret, _end.Token));
        }
        catch (Exception error) when (error
            is IOException or SocketException or InvalidOperationException or OperationCanceledException)
        {
            // One of the two is gone: this connection is over.
        }
    }

    /// <summary>Shows the certificate and returns how much the client then says; 0: it turned away.</summary>
    async Task<int> ListenAsync(NetworkStream plain, SslStream secret, Memory<byte> first)
    {
        try
        {
            var request = new byte[8];
            while (_greeting == Greeting.Postgres)
            {
                await plain.ReadExactlyAsync(request, _end.Token);
                var wanted = BinaryPrimitives.ReadInt32BigEndian(request.AsSpan(4)) == EncryptionRequest;
                await plain.WriteAsync(wanted ? "S"u8.ToArray() : "N"u8.ToArray(), _end.Token);
                if (wanted)
                {
                    break;
                }
            }

            await secret.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _end.Token);
            return await secret.ReadAsync(first, _end.Token);
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            return 0;
        }
    }
}
