namespace Reversals.Hosting;

/// <summary>Metrics for Prometheus to ask for.</summary>
sealed record TelemetryOptions
{
    /// <summary>Port of <c>/metrics</c>, 1–65535, no other listener's; 0 (default): none.</summary>
    [Between(0, 65_535)]
    public int PrometheusPort { get; init; }

    /// <summary>Address to listen on. Default 127.0.0.1; 0.0.0.0 for a Prometheus elsewhere.</summary>
    public string PrometheusAddress { get; init; } = "127.0.0.1";
}
