using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Reversals.RabbitMq;

/// <summary>
/// What the connections to RabbitMQ have in common, the consuming one that MassTransit makes and the
/// publishing ones, and what to say when there is no connection.
/// </summary>
static class BrokerConnection
{
    internal const int TlsPort = 5671;

    internal const string LookForLeader =
        "If it stays like this, a queue may have no leader: rabbitmqctl list_queues name state leader";

    /// <summary>How long a broker that is there may take to answer, each time.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>After twice this long without a word a connection is dead.</summary>
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Among several nodes the next one is tried earlier.</summary>
    static readonly TimeSpan TimeoutOfNode = TimeSpan.FromSeconds(2);

    static readonly TimeSpan HeartbeatOfNode = TimeSpan.FromSeconds(3);

    /// <summary>Hosts, ports and virtual host without the credentials, for people.</summary>
    internal static string Address(BrokerOptions options)
    {
        var nodes = options.Nodes.Select(node => new Uri(node.Address)).ToList();
        return string.Join(',', nodes.Select(HostAndPort)) + nodes[0].AbsolutePath;
    }

    internal static string HostAndPort(Uri address)
    {
        var port = address.Port > 0 ? address.Port : IsEncrypted(address) ? TlsPort : 5672;
        return $"{address.Host}:{port}";
    }

    /// <summary>After twice this long without a word a connection is dead.</summary>
    internal static TimeSpan HeartbeatOf(BrokerOptions options) =>
        options.Nodes.Count > 1 ? HeartbeatOfNode : Heartbeat;

    /// <summary>A connection, that recovers nothing by itself, to one of the nodes.</summary>
    internal static async Task<IConnection> ConnectAsync(
        BrokerOptions options, string name, CancellationToken stop) =>
        (await ConnectToOneAsync(options, name, isSanitized: false, stop)).Connection;

    /// <summary>
    /// The same for messages that come in: of their headers only what is small and can be read.
    /// </summary>
    internal static async Task<IConnection> ConnectSanitizedAsync(
        BrokerOptions options, string name, CancellationToken stop) =>
        (await ConnectToOneAsync(options, name, isSanitized: true, stop)).Connection;

    static async Task<(IConnection Connection, BrokerOptions Node)> ConnectToOneAsync(
        BrokerOptions options, string name, bool isSanitized, CancellationToken stop)
    {
        var isOne = !options.HasSeveral;
        List<string> problems = [];
        foreach (var node in BrokerNodes.InOrder(options))
        {
            try
            {
                var factory = FactoryOfNode(options, node, name);
                if (isSanitized)
                {
                    HeaderSanitizingTcpClient.Use(factory, new Uri(node.Address));
                }

                var connection = await OpenAsync(factory, stop);
                BrokerNodes.Opened(node, connection);
                return (connection, node);
            }
            catch (Exception error) when (!isOne && IsFault(error) && !stop.IsCancellationRequested)
            {
                BrokerNodes.Failed(node);
                problems.Add($"{HostAndPort(new Uri(node.Address))}: {Explain(error)}");
            }
        }

        throw new IOException($"no node lets us in: {string.Join("; ", problems)}");
    }

    /// <summary>
    /// The library limits how long it takes to connect, but waits for the first word for ever. For a node
    /// that hangs its kernel takes the connection.
    /// </summary>
    internal static async Task<IConnection> OpenAsync(ConnectionFactory factory, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(factory.RequestedConnectionTimeout + factory.HandshakeContinuationTimeout);
        return await factory.CreateConnectionAsync(late.Token);
    }

    /// <summary>For a connection to one of the nodes: given up early when there are others.</summary>
    internal static ConnectionFactory FactoryOfNode(BrokerOptions options, BrokerOptions node, string name)
    {
        var factory = Factory(node, name);
        factory.RequestedHeartbeat = HeartbeatOf(options);
        if (options.HasSeveral)
        {
            (factory.RequestedConnectionTimeout, factory.HandshakeContinuationTimeout) =
                (TimeoutOfNode, TimeoutOfNode);
        }

        return factory;
    }

    internal static bool IsEncrypted(Uri address) =>
        string.Equals(address.Scheme, "amqps", StringComparison.OrdinalIgnoreCase);

    /// <summary>For a connection to one node that recovers nothing by itself.</summary>
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
        factory.Ssl.CertificateValidationCallback = BrokerTls.CertificateCheck(options);
        factory.Ssl.ClientCertificateContext = BrokerTls.ClientCertificate(options);
        if (factory.Ssl.ClientCertificateContext is not null && address.UserInfo.Length == 0)
        {
            // Without a user in the address the certificate says who this is.
            factory.AuthMechanisms = [new ExternalMechanismFactory()];
        }

        return factory;
    }

    /// <summary>Signs in and leaves again: which node is there and lets this user in.</summary>
    internal static async Task<SignedIn> SignInAsync(BrokerOptions options, CancellationToken stop)
    {
        var (connection, node) = await ConnectToOneAsync(
            options, "reversals-sign-in", isSanitized: false, stop);
        await using var end = new QuickEnd(connection);
        return new(node, await QueueSizes.ReadAsync(connection, options.QueueMembers, stop));
    }

    /// <summary>The cause of an error, and what to do about it where that is known.</summary>
    internal static string Explain(Exception error) => error.GetBaseException() switch
    {
        OperationInterruptedException { ShutdownReason: { } reason } => Explain(reason),
        AuthenticationFailureException cause =>
            $"{cause.Message} Check user and password of ConnectionStrings:RabbitMq; without a user there, " +
            "the name in RabbitMq:ClientCertificate",
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

    /// <summary>
    /// A channel whose confirms the caller keeps itself: the library's own tracking would add a header of its
    /// own to each message, and a task.
    /// </summary>
    internal static Task<IChannel> ConfirmingChannelAsync(IConnection connection, CancellationToken stop) =>
        connection.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false),
            stop);

    /// <summary>Whether the broker, or the way to it, is at fault.</summary>
    internal static bool IsFault(Exception error) => error
        is RabbitMQClientException or OperationCanceledException or ObjectDisposedException
        or IOException or System.Net.Sockets.SocketException or TimeoutException
        or System.Threading.Channels.ChannelClosedException;
}
