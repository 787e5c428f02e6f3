namespace Reversals.Processing.Configuration;

/// <summary>How a group commit takes what is waiting.</summary>
sealed record GroupCommitOptions
{
    /// <summary>Most items in one commit. Default 500, range 1–5,000.</summary>
    [Between(1, 5_000)]
    public int Limit { get; init; } = 500;

    /// <summary>Commits under way at once. Default 1, range 1–16.</summary>
    [Between(1, 16)]
    public int Lanes { get; init; } = 1;

    /// <summary>
    /// While several items come together, the next commit of a lane begins no earlier than three usual
    /// durations of a commit after the last one began; this is the upper limit of that wait, 0–100 ms; 0:
    /// none. A full commit does not wait, nor does an item that comes alone. Default 10 ms.
    /// </summary>
    [BetweenTimes("00:00:00", "00:00:00.100")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Longest backoff between two tries of a batch while the database is away, 50 ms–1 min. Default 2 s.
    /// </summary>
    [BetweenTimes("00:00:00.050", "00:01:00")]
    public TimeSpan LongestRest { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a commit may take, 1 s–10 min, before ready turns red and the messages in flight go back to
    /// the queue until something can be committed. Default 5 s.
    /// </summary>
    [BetweenTimes("00:00:01", "00:10:00")]
    public TimeSpan PauseAfter { get; init; } = TimeSpan.FromSeconds(5);
}
