using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>
/// The socket of the consuming connection. What comes in passes a
/// <see cref="HeaderSanitizingStream"/> before the client library sees it. It encrypts by itself,
/// because it has to see what comes in.
/// </summary>
sealed class HeaderSanitizingTcpClient(AddressFamily family, SslOption? tls)
#pragma warning disable CA2000 // The base closes it.
    : TcpClientAdapter(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
#pragma warning restore CA2000
{
    SslStream? _encrypted;

    /// <summary>All that a factory's connections to this address hear passes such a socket.</summary>
    internal static void Use(ConnectionFactory factory, Uri address)
    {
        var tls = BrokerConnection.IsEncrypted(address) ? factory.Ssl : null;
        factory.Port = address.Port > 0 ? address.Port : tls is null ? 5672 : BrokerConnection.TlsPort;
        // The library is not to encrypt what this encrypts.
        factory.Ssl = new SslOption();
        factory.SocketFactory = family => new HeaderSanitizingTcpClient(family, tls);
    }

    public override async Task ConnectAsync(
        IPAddress ep, int port, CancellationToken cancellationToken = default)
    {
        await base.ConnectAsync(ep, port, cancellationToken);
        if (tls is not null)
        {
            _encrypted = new SslStream(
                base.GetStream(), leaveInnerStreamOpen: false, tls.CertificateValidationCallback);
            await _encrypted.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = tls.ServerName,
                    ClientCertificateContext = tls.ClientCertificateContext,
                },
                cancellationToken);
        }
    }

    public override NetworkStream GetStream() =>
        new HeaderSanitizingStream(Client, _encrypted ?? (Stream)base.GetStream());

    protected override void Dispose(bool disposing)
    {
        _encrypted?.Dispose();
        base.Dispose(disposing);
    }
}
