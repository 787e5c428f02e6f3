namespace Reversals.RabbitMq;

/// <summary>Where RabbitMQ is and who may answer there.</summary>
sealed record BrokerOptions
{
    /// <summary>
    /// <c>amqp://user:password@host:port/vhost</c>, or <c>amqps://</c> for TLS with a checked chain; secret.
    /// </summary>
    public required string Address { get; init; }

    /// <inheritdoc cref="RabbitMqOptions.RootCertificate"/>
    public string? RootCertificate { get; init; }
}

/// <summary>The way to RabbitMQ.</summary>
sealed record RabbitMqOptions
{
    /// <summary>
    /// File of the authorities (PEM) one of which must have issued RabbitMQ's certificate; only with
    /// <c>amqps://</c>. Null (default): those this machine trusts.
    /// </summary>
    public string? RootCertificate { get; init; }
}
