using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>
/// Everything that can be configured, from <c>appsettings.json</c>, environment variables (<c>__</c> between
/// the parts of a name) and files (one a setting, in the folder named by <c>SECRETS_DIR</c>); the later wins.
/// </summary>
sealed record GatewayOptions
{
    /// <summary>The broker, and no database.</summary>
    public GatewayConnectionOptions ConnectionStrings { get; init; } = new();

    /// <summary>The way to RabbitMQ.</summary>
    public RabbitMqOptions RabbitMq { get; init; } = new();

    internal BrokerOptions Broker => RabbitMq.At(ConnectionStrings.RabbitMq);

    /// <summary>Who may ask for reversals, by client id (1–64 characters). At least one.</summary>
    public Dictionary<string, GatewayClientOptions> Clients { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The endpoint of the callers.</summary>
    public GatewayHttpOptions Http { get; init; } = new();

    /// <summary>The health endpoints.</summary>
    public GatewayHealthOptions Health { get; init; } = new();

    /// <summary>The log on the standard output.</summary>
    public LoggingOptions Logging { get; init; } = new();

    /// <summary>Metrics for Prometheus. OTLP is set up by the standard <c>OTEL_…</c> variables.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}

/// <summary>Addresses with credentials; secret, without defaults.</summary>
sealed record GatewayConnectionOptions
{
    /// <summary>
    /// <c>amqp://user:password@host:port/vhost</c>, or <c>amqps://</c> for TLS with a checked chain. Of a
    /// cluster with all hosts: <c>amqp://user:password@a,b:5673,c/vhost</c>.
    /// </summary>
    public string RabbitMq { get; init; } = "";
}

/// <summary>One client.</summary>
sealed record GatewayClientOptions
{
    /// <summary>
    /// Active keys, secret; at least one, each at least 8 characters and of this client only: without the
    /// header <c>Client-Id</c> the key that fits says who asks. Two while a key is being changed.
    /// </summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Whether its callers are let in, true (default) or false: then they are told 401.</summary>
    public bool Enabled { get; init; } = true;
}

/// <summary>The endpoint of the callers.</summary>
sealed record GatewayHttpOptions
{
    /// <summary>Address to listen on. Default 127.0.0.1; 0.0.0.0 for callers from outside.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Port, 1–65535. Default 8090.</summary>
    [Between(1, 65_535)]
    public int Port { get; init; } = 8090;

    /// <summary>
    /// Bearer tokens that are taken, secret, each at least 8 characters. None (default): the header
    /// <c>Authorization</c> is not looked at. Two while a token is being changed.
    /// </summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>
    /// How long a caller waits for the answer to its request, 100 ms–2 min; then it is told
    /// <c>BILLER_SUSPECT_TRANSACTION</c>. Default 10 s.
    /// </summary>
    [BetweenTimes("00:00:00.100", "00:02:00")]
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a body may take to arrive, 100 ms–1 min. Default 5 s.</summary>
    [BetweenTimes("00:00:00.100", "00:01:00")]
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most callers under way at once, 1–100,000; the next is told 503. Default 2,000.</summary>
    [Between(1, 100_000)]
    public int MaxWaiting { get; init; } = 2_000;

    /// <summary>Most open connections, 1–100,000; the next is closed at once. Default 10,000.</summary>
    [Between(1, 100_000)]
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>
    /// Since when this endpoint is deprecated, told as <c>Deprecation</c> (RFC 9745). Null (default): not
    /// told.
    /// </summary>
    public DateTimeOffset? Deprecation { get; init; }

    /// <summary>
    /// When this endpoint goes away, told as <c>Sunset</c> (RFC 8594). Null (default): not told.
    /// </summary>
    public DateTimeOffset? Sunset { get; init; }
}

/// <summary>The health endpoints.</summary>
sealed record GatewayHealthOptions
{
    /// <summary>Address to listen on. Default 127.0.0.1; 0.0.0.0 for probes from outside.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Port, 1–65535, no other listener's. Default 8091.</summary>
    [Between(1, 65_535)]
    public int Port { get; init; } = 8091;
}
