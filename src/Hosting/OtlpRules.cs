using System.Globalization;

namespace Reversals.Hosting;

/// <summary>
/// What the standard variables of OpenTelemetry have to be. Its library takes a default for what it cannot
/// read, or fails while it is set up; either way nobody would be told.
/// </summary>
static class OtlpRules
{
    const string Exporter = OtlpVariables.Prefix + "EXPORTER_OTLP_";

    static readonly string[] Signals = ["", "TRACES_", "METRICS_"];

    static readonly string[] Numbers =
    [
        "METRIC_EXPORT_INTERVAL", "METRIC_EXPORT_TIMEOUT", "BSP_SCHEDULE_DELAY", "BSP_EXPORT_TIMEOUT",
        "BSP_MAX_QUEUE_SIZE", "BSP_MAX_EXPORT_BATCH_SIZE",
    ];

    static readonly string[] Samplers =
    [
        "always_on", "always_off", "traceidratio",
        "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
    ];

    /// <summary>
    /// Without an address the other variables are not read: they may be another program's.
    /// </summary>
    internal static IEnumerable<string> Problems(IConfiguration configuration)
    {
        const string address = "an address such as http://localhost:4317";
        var found = Signals.Select(signal =>
            Problem(configuration, $"{Exporter}{signal}ENDPOINT", address, IsAddress));
        if (!string.IsNullOrEmpty(configuration[OtlpVariables.Endpoint]))
        {
            found = found.Concat(Others(configuration));
        }

        return found.OfType<string>();
    }

    static IEnumerable<string?> Others(IConfiguration configuration)
    {
        string? Of(string name, string expected, Func<string, bool> isRight) =>
            Problem(configuration, name, expected, isRight);

        foreach (var signal in Signals.Select(signal => Exporter + signal))
        {
            yield return Of(
                signal + "PROTOCOL", "grpc or http/protobuf", one => one is "grpc" or "http/protobuf");
            yield return Of(signal + "TIMEOUT", "milliseconds", IsNumber);
            yield return Of(signal + "HEADERS", "name=value, several with a comma between", ArePairs);
        }

        foreach (var number in Numbers)
        {
            yield return Of(OtlpVariables.Prefix + number, "a number above 0", IsNumber);
        }

        yield return Of(
            OtlpVariables.TracesSampler, string.Join(", ", Samplers),
            one => Samplers.Contains(one, StringComparer.Ordinal));
        yield return Of(
            OtlpVariables.TracesSampler + "_ARG", "a number from 0 to 1",
            one => double.TryParse(one, CultureInfo.InvariantCulture, out var part) && part is >= 0 and <= 1);
        yield return Of(
            Exporter + "METRICS_TEMPORALITY_PREFERENCE", "cumulative, delta or lowmemory",
            one => one.ToUpperInvariant() is "CUMULATIVE" or "DELTA" or "LOWMEMORY");
        yield return Of(
            OtlpVariables.Prefix + "RESOURCE_ATTRIBUTES",
            "name=value, several with a comma between", ArePairs);
        var (batch, queue) = (OtlpVariables.Prefix + "BSP_MAX_EXPORT_BATCH_SIZE",
            OtlpVariables.Prefix + "BSP_MAX_QUEUE_SIZE");
        yield return Number(configuration, batch, 512) > Number(configuration, queue, 2_048)
            ? $"{batch}: expected at most {queue}, found more"
            : null;
    }

    /// <summary>Headers and addresses may hold a credential; no value is shown.</summary>
    static string? Problem(
        IConfiguration configuration, string name, string expected, Func<string, bool> isRight) =>
        configuration[name] is not { Length: > 0 } value || isRight(value)
            ? null
            : $"{name}: expected {expected}; found something that is not";

    static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address is { Scheme: "http" or "https", Host.Length: > 0, Port: > 0 };

    static bool IsNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;

    static bool ArePairs(string text) =>
        text.Split(',').All(pair => pair.Trim().IndexOf('=', StringComparison.Ordinal) > 0);

    static int Number(IConfiguration configuration, string name, int usual) =>
        int.TryParse(configuration[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : usual;
}
