namespace Reversals.RabbitMq;

/// <summary>Where RabbitMQ is and who may answer there.</summary>
sealed record BrokerOptions
{
    /// <summary>
    /// <c>amqp://user:password@host:port/vhost</c>, or <c>amqps://</c> for TLS with a checked chain; of a
    /// cluster with several hosts: <see cref="BrokerNodes"/>. Secret.
    /// </summary>
    public required string Address { get; init; }

    /// <summary>The same with the address of one node each.</summary>
    internal IReadOnlyList<BrokerOptions> Nodes =>
        [.. BrokerNodes.Split(Address).Select(node => this with { Address = node })];

    /// <summary>The password, as it stands in the address and as it is; none without an address.</summary>
    internal IEnumerable<string> Secrets =>
        Uri.TryCreate(Nodes[0].Address, UriKind.Absolute, out var address)
        && address.UserInfo.Split(':', 2) is [_, var password]
            ? [password, Uri.UnescapeDataString(password)]
            : [];

    internal bool HasSeveral => Nodes.Count > 1;

    /// <summary>Members of a queue that is made; null: as many as the broker gives it, three.</summary>
    public int? QueueMembers { get; init; }

    /// <summary>Where the broker's management plugin listens; null: at its usual port.</summary>
    public int? ManagementPort { get; init; }

    /// <inheritdoc cref="RabbitMqOptions.RootCertificate"/>
    public string? RootCertificate { get; init; }

    /// <inheritdoc cref="RabbitMqOptions.ClientCertificate"/>
    public string? ClientCertificate { get; init; }

    /// <inheritdoc cref="RabbitMqOptions.ClientKey"/>
    public string? ClientKey { get; init; }
}

/// <summary>The way to RabbitMQ.</summary>
record RabbitMqOptions
{
    /// <summary>
    /// File of the authorities (PEM) one of which must have issued RabbitMQ's certificate; only with
    /// <c>amqps://</c>. Null (default): those this machine trusts.
    /// </summary>
    public string? RootCertificate { get; init; }

    /// <summary>
    /// File of the certificate (PEM) that the worker shows, its own first, then those that lead to its
    /// authority; only with <c>amqps://</c> and <see cref="ClientKey"/>. When the address of RabbitMQ names
    /// no user, the worker signs in with it (EXTERNAL). Null (default): it shows none.
    /// </summary>
    public string? ClientCertificate { get; init; }

    /// <summary>
    /// File of the key (PEM, not encrypted) of <see cref="ClientCertificate"/>; null (default): none.
    /// </summary>
    public string? ClientKey { get; init; }

    /// <summary>The way to this address.</summary>
    internal BrokerOptions At(string address) => new()
    {
        Address = address,
        RootCertificate = RootCertificate,
        ClientCertificate = ClientCertificate,
        ClientKey = ClientKey,
    };
}
