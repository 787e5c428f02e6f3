using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Processing.Outbound;

/// <summary>What a relay says of its work, in the log and in numbers.</summary>
sealed class RelayReport(
    string kind, RelayHandoff handoff, OutboundOptions options, TimeProvider clock, ILogger log)
{
    /// <summary>How often a problem that lasts is logged again.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>How many events are remembered, as logged or as refused.</summary>
    const int MostRemembered = 1_000;

    readonly Dictionary<PublishOutcome, long> _toldAt = [];
    readonly HashSet<Guid> _culprits = [];
    readonly HashSet<long> _refused = [];
    readonly string _exchange = EventPublisher.ExchangeFor(kind);
    bool _isWell;

    /// <summary>Both servers did what was asked of them.</summary>
    internal void Worked()
    {
        if (!_isWell)
        {
            _isWell = true;
            Log.Publishing(log, _exchange);
        }
    }

    /// <summary>Something went wrong; the relay tries again after its rest.</summary>
    internal void Failed(Exception error)
    {
        _isWell = false;
        if (BrokerConnection.IsFault(error))
        {
            RelayMetrics.Interrupted(kind);
            Log.PublishingInterrupted(
                log, _exchange, BrokerConnection.Explain(error), options.Rest.TotalMilliseconds);
        }
        else
        {
            Log.OutboxOutOfReach(log, _exchange, options.Rest.TotalMilliseconds, error);
        }
    }

    /// <summary>A set of rows is published, or was tried.</summary>
    internal void Published(PerBillQueue chains, EventPublisher publisher, List<Culprit> culprits)
    {
        var unroutable = chains.Failures(PublishOutcome.Unroutable);
        var refused = chains.Failures(PublishOutcome.Refused);
        var unacceptable = chains.Failures(PublishOutcome.Unacceptable);
        var unanswered = chains.Failures(PublishOutcome.Unanswered);
        var unknown = chains.Failures(PublishOutcome.Unknown) + unanswered;
        ReportBlocked(chains, unroutable, refused);
        RelayMetrics.Relayed(kind, chains.Confirmed.Count, refused + unacceptable + unknown, unroutable);
        if (unknown > 0)
        {
            _isWell = false;
            Log.NotConfirmed(log, unknown, publisher.Problem
                ?? (unanswered > 0 ? $"no answer from {_exchange} in time. {BrokerConnection.LookForLeader}"
                    : "no answer"));
        }

        if (_culprits.Count > MostRemembered)
        {
            _culprits.Clear();
        }

        foreach (var culprit in culprits.Where(
            one => _culprits.Add(one.EventId) || IsToBeTold(PublishOutcome.Unacceptable)))
        {
            Log.EventUnacceptable(
                log, culprit.EventId, culprit.Size, _exchange, culprit.Problem,
                options.MaxBackoff.TotalSeconds);
        }

        if (refused > 0 && IsToBeTold(PublishOutcome.Refused))
        {
            Log.Refused(log, refused, _exchange, options.MaxBackoff.TotalSeconds);
        }

        if (unroutable > 0 && IsToBeTold(PublishOutcome.Unroutable))
        {
            Log.Unroutable(log, _exchange);
        }
    }

    /// <summary>
    /// Without any answer nothing is known, and what was said before holds. Events that a full queue refuses
    /// back off, and others go out meanwhile.
    /// </summary>
    void ReportBlocked(PerBillQueue chains, int unroutable, int refused)
    {
        _refused.ExceptWith(chains.Confirmed);
        if (handoff.BlockedBy is null)
        {
            _refused.Clear();
        }

        if (unroutable + refused > 0)
        {
            _refused.UnionWith(chains.Refused.Take(MostRemembered - _refused.Count).Select(row => row.Id));
            handoff.Block(
                unroutable > 0
                    ? $"nobody is bound to the exchange of {kind}: its events wait in the outbox. Bind the " +
                        "subscriber's queue"
                    : $"a queue bound to {_exchange} refuses events, as a rule because it is full: they " +
                        "wait in the outbox, and \"reversal-worker outbox list\" shows them. Have it read, " +
                        "or raise its limit; they follow by themselves, at once with \"outbox retry\"",
                2 * options.MaxBackoff);
        }
        else if (chains.Confirmed.Count > 0 && _refused.Count == 0)
        {
            handoff.Unblock();
        }
    }

    bool IsToBeTold(PublishOutcome outcome)
    {
        if (_toldAt.TryGetValue(outcome, out var toldAt) && clock.GetElapsedTime(toldAt) <= Pause)
        {
            return false;
        }

        _toldAt[outcome] = clock.GetTimestamp();
        return true;
    }
}
