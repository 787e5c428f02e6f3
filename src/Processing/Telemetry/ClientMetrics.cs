using System.Diagnostics.Metrics;

namespace Reversals.Processing.Telemetry;

/// <summary>
/// What is measured by client, and whether the settings that name the clients are in force. A client is a
/// configured one, never the name that an untrusted sender gives.
/// </summary>
static class ClientMetrics
{
    static readonly Counter<long> Messages = Metrics.Meter.CreateCounter<long>(
        "reversals.received", "{message}", "Messages taken from the queue, by the client that they name");

    static readonly Counter<long> SignatureFailures = Metrics.Meter.CreateCounter<long>(
        "reversals.signature.failures", "{message}",
        "Messages whose sender could not be authenticated, by client");

    static readonly Gauge<int> Refused = Metrics.Meter.CreateGauge<int>(
        "reversals.settings.refused",
        description: "1: changed settings were refused, and those of before are in force; 0: all is well");

    /// <summary>These clients are configured now. Counters start at zero.</summary>
    internal static void Begin(IEnumerable<string> clients)
    {
        Refused.Record(0);
        foreach (var client in clients)
        {
            SignatureFailures.Add(0, Metrics.Tag("client", client));
            Messages.Add(0, Metrics.Tag("client", client));
        }
    }

    internal static void SettingsRefused() => Refused.Record(1);

    internal static void Received(string client) => Messages.Add(1, Metrics.Tag("client", client));

    internal static void SignatureFailed(string client) =>
        SignatureFailures.Add(1, Metrics.Tag("client", client));
}
