namespace Reversals.Processing.Configuration;

/// <summary>The health endpoints.</summary>
sealed record HealthOptions
{
    /// <summary>Address to listen on. Default 127.0.0.1; 0.0.0.0 for probes from outside.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Port, 1–65535. Default 8080.</summary>
    [Between(1, 65_535)]
    public int Port { get; init; } = 8080;

    /// <summary>
    /// Age of the oldest unpublished event from which on ready says degraded, 1 s–1 d. Default 1 min.
    /// </summary>
    [BetweenTimes("00:00:01", "1.00:00:00")]
    public TimeSpan OutboxAgeLimit { get; init; } = TimeSpan.FromMinutes(1);
}
