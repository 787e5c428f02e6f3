namespace Reversals.Processing.Configuration;

/// <summary>One client and its policy.</summary>
sealed record ClientOptions
{
    /// <summary>
    /// Active keys, secret; at least one, each at least 8 characters. Two while a key is being changed.
    /// </summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>
    /// Whether its requests are taken, true (default) or false: then they are quarantined as those of a
    /// client that is not known, up to <see cref="QuarantineOptions.MaxPerClient"/>, and can be replayed
    /// once it is taken again.
    /// </summary>
    public bool Enabled { get; init; } = true;

    /// <summary>State of a bill with nothing paid: <c>active</c> (default) or <c>reversal</c>.</summary>
    public string StatusAfterReversal { get; init; } = "active";

    /// <summary>Longest time from payment to request, above 0; null (default): no limit.</summary>
    public TimeSpan? ReversalWindow { get; init; }

    /// <summary>
    /// How long a request that came before its payment is remembered, 0–30 d; 0: not at all. Default 1 d.
    /// </summary>
    [BetweenTimes("00:00:00", "30.00:00:00")]
    public TimeSpan PendingFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Most requests that may wait for their payments at once, 1–1,000,000; whatever comes beyond is refused
    /// for good. Several workers may exceed it by what they take between two counts of all who wait, which is
    /// one <see cref="InboundOptions.PendingPollInterval"/> or, with 100,000 of them, some seconds. Default
    /// 10,000.
    /// </summary>
    [Between(1, 1_000_000)]
    public int MaxPending { get; init; } = 10_000;

    /// <summary>
    /// How far the clocks of the client and of whoever records its payments may differ, 1 s–1 h: a request
    /// that names only a VA cannot mean a payment made more than this after the request. Default 5 s.
    /// </summary>
    [BetweenTimes("00:00:01", "01:00:00")]
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with a client beside its keys and ranges.</summary>
    internal IEnumerable<string> Problems(string clientId)
    {
        string?[] found =
        [
            StatusAfterReversal is not ("active" or "reversal")
                ? $"Clients:{clientId}:StatusAfterReversal: expected active or reversal, " +
                    $"found '{StatusAfterReversal}'"
                : null,
            ReversalWindow <= TimeSpan.Zero
                ? $"Clients:{clientId}:ReversalWindow: expected a time above 0, found {ReversalWindow}"
                : null,
        ];
        return found.OfType<string>();
    }
}
