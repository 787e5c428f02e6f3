using Reversals.RabbitMq;

namespace Reversals.Processing.Configuration;

/// <summary>
/// Everything that can be configured, from <c>appsettings.json</c>, environment variables (<c>__</c> between
/// the parts of a name) and files (one a setting, in the folder named by <c>SECRETS_DIR</c>); the later wins.
/// </summary>
sealed record WorkerOptions
{
    /// <summary>The two servers.</summary>
    public ConnectionStringOptions ConnectionStrings { get; init; } = new();

    /// <summary>The way to RabbitMQ.</summary>
    public WorkerRabbitMqOptions RabbitMq { get; init; } = new();

    internal BrokerOptions Broker => RabbitMq.WorkerAt(ConnectionStrings.RabbitMq);

    /// <summary>Who may ask for reversals, by client id (1–64 characters). At least one.</summary>
    public Dictionary<string, ClientOptions> Clients { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Reading requests.</summary>
    public InboundOptions Inbound { get; init; } = new();

    /// <summary>Messages that are set aside with their cause.</summary>
    public QuarantineOptions Quarantine { get; init; } = new();

    /// <summary>The group commit of requests.</summary>
    public GroupCommitOptions Batching { get; init; } = new();

    /// <summary>The relay.</summary>
    public OutboundOptions Outbound { get; init; } = new();

    /// <summary>The events.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary>The health endpoints.</summary>
    public HealthOptions Health { get; init; } = new();

    /// <summary>The operator page.</summary>
    public PageOptions Page { get; init; } = new();

    /// <summary>The log on the standard output.</summary>
    public LoggingOptions Logging { get; init; } = new();

    /// <summary>Metrics for Prometheus. OTLP is set up by the standard <c>OTEL_…</c> variables.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}

/// <summary>Addresses with credentials; secret, without defaults.</summary>
sealed record ConnectionStringOptions
{
    /// <summary>
    /// Npgsql connection string: <c>Host=…;Port=…;Username=…;Password=…;Database=…</c>.
    /// <c>Host=a,b:5433,c</c> names a primary and its standbys, of which the primary is found. With
    /// <c>SSL Mode=VerifyFull;Root Certificate=FILE</c> the server's certificate is checked; without them the
    /// connection is encrypted when the server can, and whoever answers is believed.
    /// </summary>
    public string Postgres { get; init; } = "";

    /// <summary>
    /// <c>amqp://user:password@host:port/vhost</c>, or <c>amqps://</c> for TLS with a checked chain. Of a
    /// cluster with all hosts: <c>amqp://user:password@a,b:5673,c/vhost</c>.
    /// </summary>
    public string RabbitMq { get; init; } = "";
}

/// <summary>The events. While their key is being changed they are signed with both.</summary>
sealed record EventOptions
{
    /// <summary>
    /// Key of the events' own Signature header, secret, at least 8 characters and no client's
    /// key; null (default): events are not signed.
    /// </summary>
    public string? SigningKey { get; init; }

    /// <summary>
    /// The key that is to follow, secret, as above: events carry a second signature under it, so that each
    /// subscriber may change from one to the other when it likes. Null (default): the key stays.
    /// </summary>
    public string? NextSigningKey { get; init; }

    internal IReadOnlyList<(string Name, string? Key)> Keys =>
        [("Events:SigningKey", SigningKey), ("Events:NextSigningKey", NextSigningKey)];

    /// <summary>What is wrong with the keys by themselves.</summary>
    internal IEnumerable<string?> Problems() =>
    [
        .. Keys.Where(key => key.Key is not null).Select(key => KeyRules.Problem(key.Name, key.Key)),
        NextSigningKey is not null && SigningKey is null
            ? "Events:NextSigningKey: expected Events:SigningKey beside it: the key that is to be followed"
            : null,
    ];
}
