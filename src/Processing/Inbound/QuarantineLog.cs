using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Logs that messages are quarantined, or that there is no room for more, each at most every ten seconds: a
/// flood of messages must not become a flood of lines.
/// </summary>
sealed class QuarantineLog(WorkerOptions options, TimeProvider clock, ILogger<QuarantineLog> log)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    readonly Untold _quarantined = new();
    readonly Untold _dropped = new();

    internal void Add(Reason cause, string client)
    {
        lock (_gate)
        {
            if (Tells(_quarantined, 1) is var (count, passed))
            {
                Log.Quarantined(log, count, passed.TotalSeconds, cause.Code, client);
            }
        }
    }

    /// <summary>These were not kept.</summary>
    internal void Dropped(IReadOnlyList<QuarantinedMessage> messages)
    {
        foreach (var message in messages)
        {
            Metrics.QuarantineDropped(message.Cause);
        }

        lock (_gate)
        {
            if (Tells(_dropped, messages.Count) is var (count, _))
            {
                Log.QuarantineFull(
                    log, options.Quarantine.MaxPerClient, options.Quarantine.Max, count,
                    messages[^1].Cause, messages[^1].Client);
            }
        }
    }

    /// <summary>How many there are to tell of, since when; null: not yet.</summary>
    (long Count, TimeSpan Passed)? Tells(Untold untold, int more)
    {
        untold.Count += more;
        var passed = untold.ToldAt is { } toldAt ? clock.GetElapsedTime(toldAt) : (TimeSpan?)null;
        if (passed < Pause)
        {
            return null;
        }

        var count = untold.Count;
        (untold.Count, untold.ToldAt) = (0, clock.GetTimestamp());
        return (count, passed ?? TimeSpan.Zero);
    }

    sealed class Untold
    {
        internal long Count { get; set; }
        internal long? ToldAt { get; set; }
    }
}
