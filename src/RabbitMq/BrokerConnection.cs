using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Reversals.RabbitMq;

/// <summary>
/// What the connections to RabbitMQ have in common, the consuming one that MassTransit makes and the
/// publishing ones: whose certificate is accepted, and what to say when there is no connection.
/// </summary>
static class BrokerConnection
{
    const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    const int TlsPort = 5671;

    internal const string LookForLeader =
        "If it stays like this, a queue may have no leader: rabbitmqctl list_queues name state leader";

    /// <summary>How long a broker that is there may take to answer, each time.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>After twice this long without a word a connection is dead.</summary>
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Host, port and virtual host without the credentials, for people.</summary>
    internal static string Address(BrokerOptions options)
    {
        var address = new Uri(options.Address);
        var port = address.Port > 0 ? address.Port : IsEncrypted(address) ? TlsPort : 5672;
        return $"{address.Host}:{port}{address.AbsolutePath}";
    }

    internal static bool IsEncrypted(Uri address) =>
        string.Equals(address.Scheme, "amqps", StringComparison.OrdinalIgnoreCase);

    /// <summary>For a connection that recovers nothing by itself.</summary>
    internal static ConnectionFactory Factory(BrokerOptions options, string name)
    {
        var address = new Uri(options.Address);
        var factory = new ConnectionFactory
        {
            Uri = address,
            ClientProvidedName = name,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = Timeout,
            HandshakeContinuationTimeout = Timeout,
            ContinuationTimeout = Timeout,
            RequestedHeartbeat = Heartbeat,
        };
        factory.Ssl.ServerName = address.Host;
        factory.Ssl.CertificateValidationCallback = CertificateCheck(options);
        return factory;
    }

    /// <summary>Accepts a certificate for this host from a trusted authority, else says why not.</summary>
    internal static RemoteCertificateValidationCallback CertificateCheck(BrokerOptions options)
    {
        var authorities = options.RootCertificate is { } path ? Authorities(path) : null;
        return (_, certificate, chain, errors) =>
            Problem(certificate as X509Certificate2, chain, errors, authorities) is not { } problem
                ? true
                : throw new AuthenticationException(
                    $"The certificate of RabbitMQ is refused: {problem}. It has to be for the host of " +
                    "ConnectionStrings:RabbitMq, from an authority of RabbitMq:RootCertificate or, without " +
                    "that, one that this machine trusts");
    }

    /// <summary>What is wrong with the settings of TLS; null: nothing.</summary>
    internal static string? SettingProblem(BrokerOptions options)
    {
        const string expected = "RabbitMq:RootCertificate: expected a file of certificates (PEM)";
        if (!Uri.TryCreate(options.Address, UriKind.Absolute, out var address))
        {
            return null;
        }

        if (!IsEncrypted(address))
        {
            // MassTransit would encrypt on this port, and believe whoever answers.
            return address.Port == TlsPort
                ? $"ConnectionStrings:RabbitMq: expected amqps:// with port {TlsPort}, found amqp://"
                : options.RootCertificate is not null
                    ? "RabbitMq:RootCertificate: expected ConnectionStrings:RabbitMq to be amqps://, " +
                        "found amqp://"
                    : null;
        }

        try
        {
            return options.RootCertificate is not { } path || Authorities(path).Count > 0
                ? null
                : $"{expected}; found none in {path}";
        }
        catch (Exception error) when (error
            is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"{expected}; {error.Message}";
        }
    }

    /// <summary>Signs in and leaves again: whether the broker is there and lets this user in.</summary>
    internal static async Task SignInAsync(BrokerOptions options, CancellationToken stop)
    {
        await using var connection =
            await Factory(options, "reversals-sign-in").CreateConnectionAsync(stop);
    }

    /// <summary>The cause of an error, and what to do about it where that is known.</summary>
    internal static string Explain(Exception error) => error.GetBaseException() switch
    {
        OperationInterruptedException { ShutdownReason: { } reason } => Explain(reason),
        AuthenticationFailureException cause =>
            $"{cause.Message} Check user and password of ConnectionStrings:RabbitMq",
        ObjectDisposedException => $"closed by the broker; its log says why. {LookForLeader}",
        OperationCanceledException cause =>
            $"{cause.Message}: no answer in time. {LookForLeader}",
        var cause => cause.Message,
    };

    /// <inheritdoc cref="Explain(Exception)"/>
    internal static string Explain(ShutdownEventArgs reason) => reason.ReplyCode switch
    {
        Constants.InternalError => $"{reason.ReplyText}. The broker's log says why. {LookForLeader}",
        Constants.AccessRefused =>
            $"{reason.ReplyText}. Give this user its rights with deploy/rabbitmq/definitions.sh",
        Constants.PreconditionFailed when reason.ReplyText.Contains("max size", StringComparison.Ordinal) =>
            reason.ReplyText,
        Constants.PreconditionFailed =>
            $"{reason.ReplyText}. Somebody else made it, in another way: empty it and delete it, and the " +
            "worker makes it as it has to be",
        _ => reason.ReplyText,
    };

    /// <summary>Whether the broker, or the way to it, is at fault.</summary>
    internal static bool IsFault(Exception error) => error
        is RabbitMQClientException or OperationCanceledException or ObjectDisposedException
        or IOException or System.Net.Sockets.SocketException or TimeoutException
        or System.Threading.Channels.ChannelClosedException;

    static X509Certificate2Collection Authorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities;
    }

    static string? Problem(
        X509Certificate2? certificate, X509Chain? sent, SslPolicyErrors errors,
        X509Certificate2Collection? authorities)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "there is none";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"{certificate.Subject} is the name of another host";
        }

        if (authorities is null)
        {
            return errors == SslPolicyErrors.None ? null : Statuses(sent);
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(certificate) ? null : Statuses(chain);
    }

    static string Statuses(X509Chain? chain) =>
        string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status));
}
