using System.Numerics;
using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>One batch of requests: load, decide one by one, save, commit, wake the relay.</summary>
sealed class ReversalBatch(
    PostgresServers database,
    ClientPolicies policies,
    WaitingLimit limit,
    RelayHandoffs handoffs,
    OutboundOptions outbound,
    TimeProvider clock,
    ILogger<ReversalBatch> log)
{
    /// <summary>Longer than another worker's commit holds a bill.</summary>
    static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(1);

    /// <summary>While somebody is known to hold some row, nobody else is to wait for it too.</summary>
    static readonly TimeSpan HeldLockTimeout = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Longest time of a statement, and a millisecond more for each request: many times what it takes. A
    /// request that needs more is found by splitting the batch, and is done alone.
    /// </summary>
    static readonly TimeSpan StatementLimit = TimeSpan.FromSeconds(1.2);

    /// <summary>While such a request is looked for: each half would take the whole time once more.</summary>
    static readonly TimeSpan ShortStatementLimit = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long after it was last met a held row, or a slow request, is expected to be met again.
    /// </summary>
    static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    const int FewRequests = 64;

    readonly DecisionFold _fold = new(policies.Of, limit, outbound.MaxEventBytes);
    long? _heldAt;
    long? _slowAt;

    /// <summary>Commits a batch, none of which may keep the others waiting for long.</summary>
    /// <param name="requests">The batch.</param>
    /// <param name="isAlone">Nobody waits for it: it may take what the session allows.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task CommitAsync(
        IReadOnlyList<ReversalRequest> requests, bool isAlone, CancellationToken stop)
    {
        try
        {
            await using var transaction = await ReversalTransaction.OpenAsync(database, stop);
            CrashPoint.Reached("before-load");
            var ledger = await transaction.LoadAsync(
                requests, limit.WithoutRoom(requests), policies.Of, TimeoutFor(requests.Count, isAlone),
                stop);
            CrashPoint.Reached("after-load");
            var now = clock.GetUtcNow();
            CrashPoint.Reached("before-decide");
            var decided = Decide(requests, ledger, now);
            CrashPoint.Reached("after-decide");
            CrashPoint.Reached("before-save");
            var since = clock.GetTimestamp();
            var leased = await transaction.SaveAsync(ledger, decided.Outcomes, decided.Ended, now, stop);
            CrashPoint.Reached("before-tell-outcome");
            handoffs.Answers.Add(decided.Outcomes);
            HandOver(decided.Outcomes, leased, since);
            Metrics.Answered(decided.Outcomes, decided.Took);
            decided.Outcomes.ForEach(LogInconsistency);
        }
        catch (PostgresException error)
        {
            LearnFrom(error, isAlone);
            throw;
        }
    }

    StatementTimeout TimeoutFor(int requests, bool isAlone)
    {
        // Few different times, as each is a statement that is prepared.
        var forEach = TimeSpan.FromMilliseconds(
            BitOperations.RoundUpToPowerOf2((uint)Math.Max(requests, FewRequests)));
        return new StatementTimeout(
            IsRecent(_heldAt) ? HeldLockTimeout : LockTimeout,
            isAlone ? null : (IsRecent(_slowAt) ? ShortStatementLimit : StatementLimit) + forEach);
    }

    bool IsRecent(long? at) => at is { } then && clock.GetElapsedTime(then) < Memory;

    void LearnFrom(PostgresException error, bool isAlone)
    {
        if (Faults.Classify(error) == Fault.LockWait)
        {
            _heldAt = clock.GetTimestamp();
        }
        else if (Faults.IsTimeout(error) && !isAlone)
        {
            _slowAt = clock.GetTimestamp();
        }
        else if (error.SqlState is PostgresErrorCodes.InvalidSqlStatementName)
        {
            // The server has lost a statement the driver takes for prepared (DISCARD, or a pooler between
            // them that changed servers): on this session it would fail for ever.
            database.Clear();
        }
    }

    /// <summary>What was decided, with the leases of this worker's relays.</summary>
    Decided Decide(IReadOnlyList<ReversalRequest> requests, Ledger ledger, DateTimeOffset now)
    {
        var began = clock.GetTimestamp();
        var leases = handoffs.Leases();
        List<Outcome> outcomes = [];
        List<long> ended = [];
        foreach (var request in requests)
        {
            var (decision, outcome) = _fold.Next(request, ledger, now);
            if (outcome is not null)
            {
                outcomes.Add(outcome with { Lease = outcome.Event is null ? null : leases[outcome.Kind] });
            }

            if (request.Pending is { } pending && decision is not NoEvent { EndsPending: false })
            {
                ended.Add(pending.Id);
            }
        }

        return new Decided(outcomes, ended, clock.GetElapsedTime(began));
    }

    void HandOver(List<Outcome> outcomes, List<LeasedOutcome> leased, long since)
    {
        foreach (var (kind, added) in outcomes.CountBy(outcome => outcome.Kind, StringComparer.Ordinal))
        {
            OutboxRow[] rows =
            [
                .. leased.Where(one => string.Equals(one.Outcome.Kind, kind, StringComparison.Ordinal))
                    .Select(one => one.Row),
            ];
            handoffs[kind].HandOver(rows, since);
            if (rows.Length < added)
            {
                handoffs[kind].LeaveBehind();
            }

            handoffs[kind].Wake();
        }
    }

    void LogInconsistency(Outcome outcome)
    {
        if (string.Equals(outcome.Event?.Reason, Reason.LedgerInconsistent.Code, StringComparison.Ordinal))
        {
            Log.LedgerInconsistent(log, outcome.BillId, outcome.Request.ClientId, outcome.Request.Key);
        }
    }

    /// <summary>A batch that is decided and not saved.</summary>
    /// <param name="Outcomes">One for each request that has an event.</param>
    /// <param name="Ended">Pending requests that wait no longer, by id.</param>
    /// <param name="Took">How long the decisions took.</param>
    sealed record Decided(List<Outcome> Outcomes, List<long> Ended, TimeSpan Took);
}
