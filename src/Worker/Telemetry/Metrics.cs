using System.Diagnostics.Metrics;
using Reversals.Contracts;
using Reversals.Worker.Storage;

namespace Reversals.Worker.Telemetry;

/// <summary>Every instrument of the worker, with its unit.</summary>
static class Metrics
{
    /// <summary>Name of the meter.</summary>
    internal const string MeterName = "Reversals.Worker";

    static readonly Meter Meter = new(MeterName);

    static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "reversals.requests", "{request}", "Authenticated requests answered, by outcome and reason");

    static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>(
        "reversals.batch.size", "{message}", "Messages in one commit");

    static readonly Histogram<double> BatchDuration = Meter.CreateHistogram<double>(
        "reversals.batch.duration", "s", "Time of one commit, from opening to committed");

    static readonly Counter<long> Quarantines = Meter.CreateCounter<long>(
        "reversals.quarantined", "{message}", "Messages quarantined, by cause");

    static readonly Counter<long> SignatureFailures = Meter.CreateCounter<long>(
        "reversals.signature.failures", "{message}",
        "Messages whose sender could not be authenticated, by client");

    static readonly Counter<long> Confirms = Meter.CreateCounter<long>(
        "reversals.relay.confirms", "{event}", "Events the broker confirmed");

    static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "reversals.relay.failures", "{event}", "Events that were not confirmed and are tried again");

    static readonly Counter<long> Unroutables = Meter.CreateCounter<long>(
        "reversals.relay.unroutable", "{event}", "Events nobody was bound for; they are tried again");

    static readonly Gauge<double> OldestAge = Meter.CreateGauge<double>(
        "reversals.outbox.oldest_age", "s", "Age of the oldest event that is not published yet; 0: none");

    internal static void OutboxAge(TimeSpan age) => OldestAge.Record(age.TotalSeconds);

    internal static void Batch(string name, int size, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("batch", name);
        BatchSize.Record(size, tag);
        BatchDuration.Record(duration.TotalSeconds, tag);
    }

    internal static void Answered(Answer answer)
    {
        var outcome = answer switch
        {
            { Applied: not null } => "applied",
            { Event: null } => "duplicate",
            _ => "rejected",
        };
        Requests.Add(1, new("outcome", outcome), new("reason", answer.Event?.Reason ?? "DUPLICATE"));
    }

    /// <param name="cause">Code of the reason.</param>
    /// <param name="client">A configured client; never what a stranger calls himself.</param>
    internal static void Quarantined(Reason cause, string client)
    {
        Quarantines.Add(1, new KeyValuePair<string, object?>("cause", cause.Code));
        if (string.Equals(cause.Rc, Rc.Authentication, StringComparison.Ordinal))
        {
            SignatureFailures.Add(1, new KeyValuePair<string, object?>("client", client));
        }
    }

    internal static void Relayed(int confirmed, int failed, int unroutable)
    {
        Confirms.Add(confirmed);
        Failures.Add(failed);
        Unroutables.Add(unroutable);
    }
}
