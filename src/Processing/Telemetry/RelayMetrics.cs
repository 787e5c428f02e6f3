using System.Diagnostics.Metrics;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Telemetry;

/// <summary>The instruments of the relays, each by the kind of events.</summary>
static class RelayMetrics
{
    static readonly Histogram<double> EndToEnd = Metrics.Meter.CreateHistogram(
        "reversals.end_to_end.duration", "s", "Time from receipt of a request to confirm of its event",
        tags: null, Metrics.Seconds);

    static readonly Counter<long> Confirms = Metrics.Meter.CreateCounter<long>(
        "reversals.relay.confirms", "{event}", "Events the broker confirmed, by kind");

    static readonly Counter<long> Failures = Metrics.Meter.CreateCounter<long>(
        "reversals.relay.failures", "{event}", "Events that were not confirmed and are tried again, by kind");

    static readonly Counter<long> Unroutables = Metrics.Meter.CreateCounter<long>(
        "reversals.relay.unroutable", "{event}", "Events nobody was bound for and are tried again, by kind");

    static readonly Counter<long> Interruptions = Metrics.Meter.CreateCounter<long>(
        "reversals.relay.interruptions", "{attempt}", "Times there was no connection to publish on, by kind");

    static readonly Gauge<double> OldestAge = Metrics.Meter.CreateGauge<double>(
        "reversals.outbox.oldest_age", "s", "Age of the oldest event that is not published yet; 0: none");

    /// <inheritdoc cref="Metrics.Begin"/>
    internal static void Begin()
    {
        foreach (var kind in RelayHandoffs.Kinds)
        {
            Relayed(kind, confirmed: 0, failed: 0, unroutable: 0);
            Interruptions.Add(0, Metrics.Tag("kind", kind));
        }
    }

    internal static void Relayed(string kind, int confirmed, int failed, int unroutable)
    {
        Confirms.Add(confirmed, Metrics.Tag("kind", kind));
        Failures.Add(failed, Metrics.Tag("kind", kind));
        Unroutables.Add(unroutable, Metrics.Tag("kind", kind));
    }

    internal static void Interrupted(string kind) => Interruptions.Add(1, Metrics.Tag("kind", kind));

    /// <summary>These events were confirmed just now.</summary>
    internal static void Confirmed(string kind, IEnumerable<OutboxRow> rows, DateTimeOffset now)
    {
        if (EndToEnd.Enabled)
        {
            foreach (var row in rows)
            {
                // The start may come from PostgreSQL's clock, which may be ahead of ours.
                EndToEnd.Record(
                    Math.Max(0, (now.UtcDateTime - row.Since).TotalSeconds), Metrics.Tag("kind", kind));
            }
        }
    }

    internal static void OutboxAge(string kind, TimeSpan age) =>
        OldestAge.Record(age.TotalSeconds, Metrics.Tag("kind", kind));
}
