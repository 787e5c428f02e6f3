
namespace Reversals.Operations.Queries;

/// <summary>How a worker is doing, as it last wrote down itself.</summary>
sealed record ReportedWorker
{
    /// <summary>Machine, process, and a mark of its own.</summary>
    public required string Worker { get; init; }

    /// <summary>When it wrote this; it does so every two seconds.</summary>
    public required DateTime At { get; init; }

    /// <summary>Messages of the request queue that it has and that are not done.</summary>
    public required int Unacknowledged { get; init; }

    /// <summary>The same of the dead letters.</summary>
    public required int UnacknowledgedDead { get; init; }

    /// <summary>Since when messages wait and none is committed; null: all is well.</summary>
    public DateTime? StalledSince { get; init; }

    /// <summary>Why it does not read or commit; null: all is well.</summary>
    public string? Problem { get; init; }

    /// <summary>Which clients and keys it has in force: the same of workers that have the same.</summary>
    public string? SettingsMark { get; init; }

    /// <summary>Since when it has these.</summary>
    public DateTime? SettingsSince { get; init; }

    /// <summary>Why it does not have those that its files say now; null: it has.</summary>
    public string? SettingsProblem { get; init; }

    /// <summary>
    /// The clients of which it keeps what comes, "" for a pause of all; null: it is of a release that knows
    /// no pause of one client.
    /// </summary>
    public string[]? Pauses { get; init; }

    /// <summary>What is wrong with its settings.</summary>
    internal string? SettingsTrouble => SettingsProblem is { } problem
        ? $"Worker {Worker} keeps its settings of before: {problem}"
        : null;
}
