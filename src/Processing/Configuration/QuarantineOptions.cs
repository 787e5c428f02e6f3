namespace Reversals.Processing.Configuration;

/// <summary>
/// Messages that are set aside with their cause. Each takes at most about 100 KiB; beyond these limits
/// messages that nobody signed are counted and not kept. A message whose sender is proved is always kept.
/// </summary>
sealed record QuarantineOptions
{
    /// <summary>
    /// Most open messages that name one client, 1–1,000,000; those that name none of ours count together.
    /// Default 10,000.
    /// </summary>
    [Between(1, 1_000_000)]
    public int MaxPerClient { get; init; } = 10_000;

    /// <summary>Most open messages in all, from MaxPerClient to 10,000,000. Default 50,000.</summary>
    [Between(1, 10_000_000, AtLeast = nameof(MaxPerClient))]
    public int Max { get; init; } = 50_000;

    /// <summary>
    /// Most requests that are kept of one paused client, 1–1,000,000; when there are so many, no requests are
    /// taken of anybody until the client is resumed. Default 100,000.
    /// </summary>
    [Between(1, 1_000_000)]
    public int MaxPaused { get; init; } = 100_000;
}
