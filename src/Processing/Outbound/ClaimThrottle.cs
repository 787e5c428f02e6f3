using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Outbound;

/// <summary>When a relay goes to the outbox to complete and to claim, and where it looks.</summary>
sealed class ClaimThrottle(OutboundOptions outbound, TimeProvider clock)
{
    /// <summary>How many claims' worth of ids below where all was seen are always looked at.</summary>
    const int Overlap = 4;

    /// <summary>One of this many rows of a claim is for what was left, however much is handed over.</summary>
    const int ForOthers = 5;

    /// <summary>
    /// How often confirmed rows are completed and others claimed while rows may still be handed over: one
    /// commit for all that went out meanwhile, and none that the next event would have to wait for.
    /// </summary>
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A look at everything may take so large a part of the time: while somebody holds a transaction open it
    /// reads all that was published since.
    /// </summary>
    const int PartOfSweeps = 10;

    long? _sweptAt;
    bool _isSweep;
    TimeSpan _sweepTook;
    long _claimedAt;
    bool _claimed;
    bool _owesClaim;
    long _highest;
    long? _leftBehind;

    /// <summary>Whether what is to complete, or the time since the last claim, is enough.</summary>
    internal bool IsDue(Completion? toComplete) => _owesClaim
        || toComplete?.Count >= outbound.ClaimLimit || clock.GetElapsedTime(_claimedAt) >= Interval;

    /// <summary>
    /// A commit left rows behind. As a rule the event before them is among those that are just handed over:
    /// these are published first, and then what was left behind is claimed.
    /// </summary>
    internal void LeftBehind() => _owesClaim = true;

    /// <summary>
    /// How long completing may wait for more. Not while others may be left to claim: the second event of a
    /// bill can be claimed once the first is completed.
    /// </summary>
    internal TimeSpan PutOff(Completion? toComplete) => toComplete is null || _claimed || IsDue(toComplete)
        ? TimeSpan.Zero
        : Interval - clock.GetElapsedTime(_claimedAt);

    /// <summary>How many to claim beside those that were handed over.</summary>
    internal int Limit(int handedOver)
    {
        var all = outbound.ClaimLimit;
        return Math.Max((all + ForOthers - 1) / ForOthers, all - handedOver);
    }

    /// <summary>
    /// Where to begin to look: above what was seen. While a claim could not take all there was, what was
    /// handed over does not count as seen. Ids do not come in the order of commits, so what others were still
    /// committing may stand a little below. Every poll interval, or less often when that takes long, the
    /// relay looks at everything.
    /// </summary>
    internal long From()
    {
        var putOff = _sweepTook * PartOfSweeps;
        putOff = putOff > outbound.PollInterval ? putOff : outbound.PollInterval;
        _isSweep = _sweptAt is not { } sweptAt || clock.GetElapsedTime(sweptAt) >= putOff;
        if (!_isSweep)
        {
            return (_leftBehind ?? _highest) - (Overlap * outbound.ClaimLimit);
        }

        _sweptAt = clock.GetTimestamp();
        return 0;
    }

    /// <summary>A claim up to a limit took these.</summary>
    internal void Claimed(List<OutboxRow> rows, int limit)
    {
        _sweepTook = _isSweep && _sweptAt is { } sweptAt
            ? clock.GetElapsedTime(sweptAt)
            : _sweepTook;
        (_claimed, _claimedAt, _owesClaim) = (rows.Count > 0, clock.GetTimestamp(), false);
        _leftBehind = rows.Count < limit ? null : rows[^1].Id;
    }

    /// <summary>There was nothing to do, for as long as a poll takes.</summary>
    internal void Idled() => _claimedAt = clock.GetTimestamp();

    /// <summary>These are about to be published.</summary>
    internal void Seen(IReadOnlyList<OutboxRow> rows) =>
        _highest = Math.Max(_highest, rows.Max(row => row.Id));
}
