namespace Reversals.Processing.Configuration;

/// <summary>How the one item is found for which a batch fails as if the server did.</summary>
sealed record IsolationOptions
{
    /// <summary>
    /// Whether a commit is possible now, found out by a real write. Null (default): nobody can tell, so what
    /// looks like the server's fault is tried again whole for as long as it takes.
    /// </summary>
    public Func<CancellationToken, Task<bool>>? CanCommitAsync { get; init; }

    /// <summary>
    /// There is nowhere else to put an item that fails alone: it is tried again until it succeeds. Default
    /// false.
    /// </summary>
    public bool KeepsWhatFails { get; init; }
}
