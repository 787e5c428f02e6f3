using System.Diagnostics.Metrics;
using Reversals.Contracts;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Telemetry;

/// <summary>
/// Every instrument of the worker, with its unit; <c>deploy/observability/README.md</c> explains them.
/// Where possible a value is measured once per batch; while nobody listens, nothing is measured.
/// </summary>
static class Metrics
{
    /// <summary>Name of the meter.</summary>
    internal const string MeterName = "Reversals.Worker";

    /// <summary>Stands in for the reason of a duplicate, which is answered with the stored event.</summary>
    const string Duplicate = "DUPLICATE";

    internal static readonly Meter Meter = new(MeterName);

    internal static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries =
            [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600],
    };

    static readonly InstrumentAdvice<double> ShortSeconds = new()
    {
        HistogramBucketBoundaries =
            [0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
    };

    static readonly InstrumentAdvice<int> Sizes = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
    };

    static readonly Gauge<int> Build = Meter.CreateGauge<int>(
        "reversals.build_info", description: "Always 1; its labels say which build runs where");

    static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "reversals.requests", "{request}", "Authenticated requests answered, by outcome and reason");

    static readonly UpDownCounter<int> InFlight = Meter.CreateUpDownCounter<int>(
        "reversals.in_flight", "{request}", "Messages taken from the queue and not committed yet");

    static readonly Histogram<int> BatchSize = Meter.CreateHistogram(
        "reversals.batch.size", "{message}", "Messages in one commit", tags: null, Sizes);

    static readonly Histogram<double> BatchDuration = Meter.CreateHistogram(
        "reversals.batch.duration", "s", "Time of one commit, from opening to committed",
        tags: null, Seconds);

    static readonly Histogram<double> DecideDuration = Meter.CreateHistogram(
        "reversals.decide.duration", "s", "Time in which the requests of one commit are decided, in memory",
        tags: null, ShortSeconds);

    static readonly Counter<long> Quarantines = Meter.CreateCounter<long>(
        "reversals.quarantined", "{message}", "Messages quarantined, by cause");

    static readonly Counter<long> QuarantineDrops = Meter.CreateCounter<long>(
        "reversals.quarantine.dropped", "{message}",
        "Messages that nobody had signed and that the full quarantine did not keep, by cause");

    static readonly Gauge<long> QuarantineOpen = Meter.CreateGauge<long>(
        "reversals.quarantine.open", "{message}", "Messages in quarantine that wait for people, by cause");

    static readonly Gauge<long> OutboxPending = Meter.CreateGauge<long>(
        "reversals.outbox.pending", "{event}", "Events that are not published yet, by kind");

    static readonly Gauge<long> Pending = Meter.CreateGauge<long>(
        "reversals.pending", "{request}", "Requests that wait for their payment to appear");

    static readonly Counter<long> LogLinesDropped = Meter.CreateCounter<long>(
        "reversals.log.dropped", "{line}", "Lines of the log that were dropped, as nobody read them in time");

    static readonly Gauge<double> StalledFor = Meter.CreateGauge<double>(
        "reversals.stalled", "s",
        "Time for which messages have waited and none was committed; 0: all is well");

    static readonly Gauge<int> BillsHeld = Meter.CreateGauge<int>(
        "reversals.bills.held", "{bill}", "Bills that somebody holds, of the five oldest that wait");

    static readonly Gauge<double> OldestTransactionAge = Meter.CreateGauge<double>(
        "reversals.transaction.oldest_age", "s",
        "Age of the oldest transaction that keeps dead rows from being removed; 0: none");

    static readonly Gauge<int> IsPaused = Meter.CreateGauge<int>(
        "reversals.paused", description: "1 while an operator has paused the workers, else 0");

    /// <summary>
    /// Starts every counter at zero: a counter that first appears at 1 shows no increase for that event.
    /// </summary>
    /// <param name="clients">What messages are counted by.</param>
    internal static void Begin(IEnumerable<string> clients)
    {
        Build.Record(1, new("version", BuildInfo.Version), new("host", BuildInfo.Host));
        foreach (var reason in Reason.All.Except(Reason.Causes).Append(Reason.InternalError))
        {
            var applied = string.Equals(reason.Rc, Rc.Success, StringComparison.Ordinal);
            Requests.Add(0, Tag("outcome", applied ? "applied" : "rejected"), Tag("reason", reason.Code));
        }

        Requests.Add(0, Tag("outcome", "duplicate"), Tag("reason", Duplicate));
        foreach (var cause in QuarantinedMessage.Causes)
        {
            Quarantines.Add(0, Tag("cause", cause));
            QuarantineDrops.Add(0, Tag("cause", cause));
        }

        ClientMetrics.Begin(clients);
        LogLinesDropped.Add(0);
        RelayMetrics.Begin();
    }

    internal static void LogDropped(long lines) => LogLinesDropped.Add(lines);

    internal static void Taken() => InFlight.Add(1);

    internal static void Settled() => InFlight.Add(-1);

    internal static void Batch(string name, int size, TimeSpan duration)
    {
        BatchSize.Record(size, Tag("batch", name));
        BatchDuration.Record(duration.TotalSeconds, Tag("batch", name));
    }

    /// <summary>A batch was committed.</summary>
    internal static void Answered(IReadOnlyList<Outcome> answers, TimeSpan deciding)
    {
        DecideDuration.Record(deciding.TotalSeconds);
        if (!Requests.Enabled)
        {
            return;
        }

        foreach (var ((outcome, reason), count) in answers.CountBy(Outcome))
        {
            Requests.Add(count, Tag("outcome", outcome), Tag("reason", reason));
        }
    }

    /// <param name="cause">Code of the reason.</param>
    /// <param name="client">A configured client; never the name an untrusted sender gives.</param>
    internal static void Quarantined(Reason cause, string client)
    {
        Quarantined(cause.Code);
        if (cause == Reason.InternalError)
        {
            Requests.Add(1, Tag("outcome", "rejected"), Tag("reason", cause.Code));
        }

        if (string.Equals(cause.Rc, Rc.Authentication, StringComparison.Ordinal))
        {
            ClientMetrics.SignatureFailed(client);
        }
    }

    internal static void Quarantined(string cause) => Quarantines.Add(1, Tag("cause", cause));

    internal static void QuarantineDropped(string cause) => QuarantineDrops.Add(1, Tag("cause", cause));

    internal static void Stalled(TimeSpan length) => StalledFor.Record(length.TotalSeconds);

    internal static void Held(int bills) => BillsHeld.Record(bills);

    internal static void OldestTransaction(TimeSpan age) =>
        OldestTransactionAge.Record(Math.Max(0, age.TotalSeconds));

    internal static void Paused(bool isPaused) => IsPaused.Record(isPaused ? 1 : 0);

    internal static void Waiting(IEnumerable<Waiting> counts)
    {
        foreach (var (table, sort, count) in counts)
        {
            switch (table)
            {
                case "outbox":
                    OutboxPending.Record(count, Tag("kind", sort));
                    break;
                case "quarantine":
                    QuarantineOpen.Record(count, Tag("cause", sort));
                    break;
                default:
                    Pending.Record(count);
                    break;
            }
        }
    }

    static (string Outcome, string Reason) Outcome(Outcome answer) => answer switch
    {
        { Event: null } => ("duplicate", Duplicate),
        { Applied: null } => ("rejected", answer.Event.Reason),
        _ => ("applied", answer.Event.Reason),
    };

    internal static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
