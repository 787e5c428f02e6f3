using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Outbound;

/// <summary>What a relay says of its work, in the log and in numbers.</summary>
sealed class RelayReport(string kind, TimeSpan rest, TimeProvider clock, ILogger log)
{
    static readonly TimeSpan UnroutableWarningPause = TimeSpan.FromMinutes(1);

    long? _warnedAt;

    /// <summary>Something went wrong; the relay tries again after its rest.</summary>
    internal void Failed(Exception error)
    {
        if (EventPublisher.IsOfTheBroker(error))
        {
            Metrics.Interrupted(kind);
            Log.PublishingInterrupted(log, BrokerConnection.Explain(error), rest.TotalMilliseconds);
        }
        else
        {
            Log.OutboxOutOfReach(log, rest.TotalMilliseconds, error);
        }
    }

    /// <summary>A set of rows is settled.</summary>
    internal void Published(Chains chains, EventPublisher publisher)
    {
        var unroutable = chains.Failures(PublishOutcome.Unroutable);
        var refused = chains.Failures(PublishOutcome.Refused);
        var unknown = chains.Failures(PublishOutcome.Unknown);
        Metrics.Relayed(kind, chains.Confirmed.Count, refused + unknown, unroutable);
        if (refused + unknown > 0)
        {
            Log.NotConfirmed(log, refused + unknown,
                unknown > 0 ? publisher.Problem ?? "no answer" : "refused, some queue is full");
        }

        if (unroutable > 0
            && (_warnedAt is not { } warnedAt || clock.GetElapsedTime(warnedAt) > UnroutableWarningPause))
        {
            _warnedAt = clock.GetTimestamp();
            Log.Unroutable(log, EventPublisher.ExchangeFor(kind));
        }
    }
}
