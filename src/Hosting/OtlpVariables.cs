namespace Reversals.Hosting;

/// <summary>The standard variables of OpenTelemetry, which its library reads by itself.</summary>
static class OtlpVariables
{
    internal const string Prefix = "OTEL_";
    internal const string Endpoint = Prefix + "EXPORTER_OTLP_ENDPOINT";
    internal const string TracesSampler = Prefix + "TRACES_SAMPLER";

    /// <summary>Those that are set.</summary>
    internal static IEnumerable<KeyValuePair<string, string?>> Of(IConfiguration configuration) =>
        configuration.AsEnumerable()
            .Where(setting => setting.Key.StartsWith(Prefix, StringComparison.Ordinal));
}
