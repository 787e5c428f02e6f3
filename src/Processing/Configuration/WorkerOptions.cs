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
    public RabbitMqOptions RabbitMq { get; init; } = new();

    internal BrokerOptions Broker => new()
    {
        Address = ConnectionStrings.RabbitMq,
        RootCertificate = RabbitMq.RootCertificate,
        ClientCertificate = RabbitMq.ClientCertificate,
        ClientKey = RabbitMq.ClientKey,
    };

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

    /// <summary>Metrics for Prometheus. OTLP is set up by the standard <c>OTEL_…</c> variables.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}

/// <summary>Addresses with credentials; secret, without defaults.</summary>
sealed record ConnectionStringOptions
{
    /// <summary>
    /// Npgsql connection string: <c>Host=…;Port=…;Username=…;Password=…;Database=…</c>. With
    /// <c>SSL Mode=VerifyFull;Root Certificate=FILE</c> the server's certificate is checked; without them the
    /// connection is encrypted when the server can, and whoever answers is believed.
    /// </summary>
    public string Postgres { get; init; } = "";

    /// <summary>
    /// <c>amqp://user:password@host:port/vhost</c>, or <c>amqps://</c> for TLS with a checked chain.
    /// </summary>
    public string RabbitMq { get; init; } = "";
}

/// <summary>One client and its policy.</summary>
sealed record ClientOptions
{
    /// <summary>Shortest API key that is accepted, in characters.</summary>
    internal const int ShortestKey = 8;

    /// <summary>
    /// Active keys, secret; at least one, each at least 8 characters. Two while a key is being changed.
    /// </summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>State of a bill with nothing paid: <c>active</c> (default) or <c>reversal</c>.</summary>
    public string StatusAfterReversal { get; init; } = "active";

    /// <summary>Longest time from payment to request, above 0; null (default): no limit.</summary>
    public TimeSpan? ReversalWindow { get; init; }

    /// <summary>
    /// How long a request that came before its payment is remembered, 0–30 d; 0: not at all. Default 1 d.
    /// </summary>
    public TimeSpan PendingFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Most requests that may wait for their payments at once, 1–1,000,000; whatever comes beyond is refused
    /// for good. Several workers may go over it by what they take between two looks at all who wait, which is
    /// one <see cref="InboundOptions.PendingPollInterval"/> or, with 100,000 of them, some seconds. Default
    /// 10,000.
    /// </summary>
    public int MaxPending { get; init; } = 10_000;

    /// <summary>
    /// How far the clocks of the client and of whoever records its payments may differ, 1 s–1 h: a request
    /// that names a VA only means no payment that was made longer than this after it. Default 5 s.
    /// </summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Reading requests.</summary>
sealed record InboundOptions
{
    /// <summary>
    /// Messages the broker hands out ahead, 1–10,000, at least <c>Batching:Limit × Batching:Lanes</c>; each
    /// takes at most 64 KiB of body and 24 KiB of headers, however large it was. 0 (default): twice that
    /// product.
    /// </summary>
    public int PrefetchCount { get; init; }

    /// <summary>
    /// How often to look whether the payments of remembered requests have appeared, 10 ms–1 min. Default 1 s.
    /// </summary>
    public TimeSpan PendingPollInterval { get; init; } = TimeSpan.FromSeconds(1);

    internal int PrefetchFor(GroupCommitOptions batching) =>
        PrefetchCount > 0 ? PrefetchCount : Math.Min(2 * batching.Limit * batching.Lanes, 10_000);
}

/// <summary>
/// Messages that are set aside with their cause. Each takes at most about 100 KiB; beyond these limits
/// messages that nobody signed are counted and not kept. A message whose sender is proved is always kept.
/// </summary>
sealed record QuarantineOptions
{
    /// <summary>
    /// Most open messages that name one client, 1–1,000,000; those that name none of ours count together.
    /// Default 10,000.
    /// </summary>
    public int MaxPerClient { get; init; } = 10_000;

    /// <summary>Most open messages in all, from MaxPerClient to 10,000,000. Default 50,000.</summary>
    public int Max { get; init; } = 50_000;

    internal IEnumerable<string?> Problems() =>
    [
        WorkerConfiguration.Range("Quarantine:MaxPerClient", MaxPerClient, 1, 1_000_000),
        WorkerConfiguration.Range("Quarantine:Max", Max, Math.Clamp(MaxPerClient, 1, 1_000_000), 10_000_000),
    ];
}

/// <summary>The relay.</summary>
sealed record OutboundOptions
{
    /// <summary>Most events of one claim, 1–5,000. Default 500.</summary>
    public int ClaimLimit { get; init; } = 500;

    /// <summary>Most events on their way at once, 1–1,000. Default 128.</summary>
    public int WaveSize { get; init; } = 128;

    /// <summary>
    /// How long claimed events are nobody else's, 1 s–10 min; renewed while they are on their way. When a
    /// worker dies, the others wait this long for the events it had claimed. Default 10 s.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to look for what others left, 10 ms–1 min. Default 1 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an event that was not confirmed rests, 10 ms–1 min. Default 1 s.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest rest, <c>Outbound:Rest</c>–1 h, of an event that a full queue or the broker refuses: it
    /// rests twice as long after each try, because each gives another copy to the queues that have room.
    /// Default 2 min, so that the alert over five minutes sees each that lasts.
    /// </summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Largest body of an event in bytes, 4,096–16,777,216. A request whose answer would be larger, because
    /// its bill says so much, is quarantined and changes nothing. Not above <c>max_message_size</c> of the
    /// broker, which would close the channel over it. Default 131,072 (128 KiB): the least max_message_size
    /// that a broker needs for requests, far below RabbitMQ's own 16 MiB (128 MiB before 4.0).
    /// </summary>
    public int MaxEventBytes { get; init; } = 128 * 1024;

    /// <summary>
    /// How long to wait for the confirms of the events that are on their way, 100 ms–1 min: then there is a
    /// new connection, and they are published again. Default 5 s.
    /// </summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The events.</summary>
sealed record EventOptions
{
    /// <summary>
    /// Key of the events' own Signature header, secret, at least 8 characters and no client's
    /// key; null (default): events are not signed.
    /// </summary>
    public string? SigningKey { get; init; }
}

/// <summary>The health endpoints.</summary>
sealed record HealthOptions
{
    /// <summary>Address to listen on. Default 127.0.0.1; 0.0.0.0 for probes from outside.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Port, 1–65535. Default 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>
    /// Age of the oldest unpublished event from which on ready says degraded, 1 s–1 d. Default 1 min.
    /// </summary>
    public TimeSpan OutboxAgeLimit { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Metrics for Prometheus to ask for.</summary>
sealed record TelemetryOptions
{
    /// <summary>Port of <c>/metrics</c>, 1–65535, not <c>Health:Port</c>; 0 (default): none.</summary>
    public int PrometheusPort { get; init; }

    /// <summary>Address to listen on. Default 127.0.0.1; 0.0.0.0 for a Prometheus elsewhere.</summary>
    public string PrometheusAddress { get; init; } = "127.0.0.1";
}
