using System.Globalization;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Watching;

/// <summary>
/// Notices when messages are in flight and none is committed, whatever the reason. When nothing can be done,
/// the messages go back. When only some wait, the health endpoint and the status say so.
/// </summary>
sealed class StallWatch(
    WorkerOptions options,
    DatabaseReadinessCheck probe,
    GroupCommit<ReversalRequest> reversals,
    GroupCommit<QuarantinedMessage> quarantine,
    HeldBillWatch held,
    TimeProvider clock)
{
    /// <summary>Between two test writes while something is stalled.</summary>
    static readonly TimeSpan ProbePause = TimeSpan.FromSeconds(1);

    readonly TimeSpan _longest = options.Batching.PauseAfter;
    string? _stalled;
    long _stalledAt;
    long _commits;
    long? _probedAt;

    /// <summary>What keeps messages from being done although they are read; null: nothing does.</summary>
    internal string? Problem => _stalled ?? QuarantineProblem
        // Before the probe has answered, which may take long: it tells why, and this that it is so.
        ?? (reversals.Stall.Length > _longest ? Stalled(reversals.Stall.Length) : null);

    /// <summary>What keeps some messages waiting and no others; null: nothing does.</summary>
    internal string? Hint =>
        held.Text is { } holders ? $"{reversals.Stall.SetAside} message(s) wait, the others go on: {holders}"
        : reversals.Stall.NothingCommittedFor > _longest
            ? $"{reversals.Stall.SetAside} message(s) wait, the others go on: "
                + Explain(reversals.Stall.LastSetAside)
        : null;

    /// <summary>How long messages have waited and none was committed; zero while all is well.</summary>
    internal TimeSpan Length => ((TimeSpan[])
    [
        _stalled is null ? TimeSpan.Zero : clock.GetElapsedTime(_stalledAt),
        reversals.Stall.Length, reversals.Stall.NothingCommittedFor, QuarantineStall,
    ]).Max();

    /// <summary>What is to be quarantined has no other way, so one such message is enough.</summary>
    TimeSpan QuarantineStall => quarantine.Stall.Length > quarantine.Stall.SetAsideFor
        ? quarantine.Stall.Length
        : quarantine.Stall.SetAsideFor;

    string? QuarantineProblem => QuarantineStall > _longest
        ? "Messages cannot be quarantined and wait: "
            + Explain(quarantine.Stall.LastSetAside ?? quarantine.Stall.LastError)
        : null;

    /// <summary>Null: go on reading. Otherwise why the messages in flight are to go back.</summary>
    internal async Task<string?> LookAsync(CancellationToken stop)
    {
        EndStall();
        if (Length <= _longest || (_probedAt is { } probedAt && clock.GetElapsedTime(probedAt) < ProbePause))
        {
            return null;
        }

        _probedAt = clock.GetTimestamp();
        if (await probe.ProblemAsync(stop) is { } problem)
        {
            return problem;
        }

        // A write is possible, and nevertheless a batch gets nowhere.
        var length = reversals.Stall.Length;
        if (length <= _longest)
        {
            return null;
        }

        (_stalledAt, _commits) = (clock.GetTimestamp(), reversals.Stall.Commits);
        return _stalled = Stalled(length);
    }

    string Stalled(TimeSpan length) => string.Create(
        CultureInfo.InvariantCulture,
        $"Nothing was committed for {length.TotalSeconds:F0} s: {Explain(reversals.Stall.LastError)}");

    /// <summary>It is over when something was committed, or nothing has come any more.</summary>
    void EndStall()
    {
        if (_stalled is not null
            && (reversals.Stall.Commits > _commits
                || (reversals.Stall.Length == TimeSpan.Zero && clock.GetElapsedTime(_stalledAt) > _longest)))
        {
            _stalled = null;
        }
    }

    static string Explain(Exception? error) =>
        error is null ? "PostgreSQL has not answered yet" : Database.Explain(error);
}
