namespace Reversals.Processing.Configuration;

/// <summary>Reading requests.</summary>
sealed record InboundOptions
{
    const int MaxPrefetch = 10_000;

    /// <summary>
    /// Messages the broker hands out ahead, 1–10,000, at least <c>Batching:Limit × Batching:Lanes</c>; each
    /// takes at most 64 KiB of body and 24 KiB of headers, however large it was. 0 (default): twice that
    /// product.
    /// </summary>
    public int PrefetchCount { get; init; }

    /// <summary>
    /// How often to look whether the payments of remembered requests have appeared, 10 ms–1 min. Default 1 s.
    /// </summary>
    [BetweenTimes("00:00:00.010", "00:01:00")]
    public TimeSpan PendingPollInterval { get; init; } = TimeSpan.FromSeconds(1);

    internal int PrefetchFor(GroupCommitOptions batching) =>
        PrefetchCount > 0 ? PrefetchCount : Math.Min(2 * batching.Limit * batching.Lanes, MaxPrefetch);

    /// <summary>The range depends on the group commit, which feeds on what is prefetched.</summary>
    internal string? PrefetchProblem(GroupCommitOptions batching) => PrefetchCount == 0
        ? null
        : RangeRuleAttribute.Problem(
            "Inbound:PrefetchCount", PrefetchCount,
            Math.Min(batching.Limit * batching.Lanes, MaxPrefetch), MaxPrefetch);
}
