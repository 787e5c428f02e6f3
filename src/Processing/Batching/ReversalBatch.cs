using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Batching;

/// <summary>
/// The answer would be an event that the broker need not take: its request fails alone, and nothing of it is
/// done.
/// </summary>
sealed class EventTooLargeException(int size, int limit, Bill? bill) : Exception(string.Create(
    CultureInfo.InvariantCulture,
    $"the event would have {size} bytes, Outbound:MaxEventBytes allows {limit}: bill {bill?.Id} says too "
    + $"much in components, additional_data or its texts. Shorten it; or raise max_message_size of RabbitMQ "
    + $"and then Outbound:MaxEventBytes, and replay the message"));

/// <summary>One batch of requests: load, decide one by one, save, commit, wake the relay.</summary>
sealed class ReversalBatch(
    NpgsqlDataSource database,
    IReadOnlyDictionary<string, ClientPolicy> policies,
    PendingLimit room,
    RelayHandoffs signals,
    OutboundOptions outbound,
    TimeProvider clock,
    ILogger<ReversalBatch> log)
{
    /// <summary>Longer than another worker's commit holds a bill.</summary>
    static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(1);

    /// <summary>While a stranger is known to hold some row, nobody else is to wait for it too.</summary>
    static readonly TimeSpan HeldLockPatience = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Longest time of a statement, and a millisecond more for each request: many times what it takes. A
    /// request that needs more is found by halving the batch, and is done alone.
    /// </summary>
    static readonly TimeSpan StatementPatience = TimeSpan.FromSeconds(1.2);

    /// <summary>While such a request is looked for: each half would take the whole time once more.</summary>
    static readonly TimeSpan ShortStatementPatience = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long after it was last met a held row, or a slow request, is expected to be met again.
    /// </summary>
    static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    const int FewRequests = 64;

    long? _heldAt;
    long? _slowAt;

    /// <summary>Commits a batch, none of which may keep the others waiting for long.</summary>
    internal async Task CommitAsync(IReadOnlyList<ReversalRequest> requests, CancellationToken stop)
    {
        // Few different times, as each is a statement that is prepared.
        var forEach = TimeSpan.FromMilliseconds(
            BitOperations.RoundUpToPowerOf2((uint)Math.Max(requests.Count, FewRequests)));
        var patience = IsRecent(_slowAt) ? ShortStatementPatience : StatementPatience;
        try
        {
            await CommitAsync(requests, patience + forEach, stop);
        }
        catch (PostgresException error) when (Database.IsTimeout(error))
        {
            _slowAt = clock.GetTimestamp();
            throw;
        }
    }

    /// <summary>Commits one request for which nobody waits: it may take what the session allows.</summary>
    internal Task CommitAloneAsync(ReversalRequest request, CancellationToken stop) =>
        CommitAsync([request], statementPatience: null, stop);

    bool IsRecent(long? at) => at is { } then && clock.GetElapsedTime(then) < Memory;

    async Task CommitAsync(
        IReadOnlyList<ReversalRequest> requests, TimeSpan? statementPatience, CancellationToken stop)
    {
        try
        {
            var forLocks = IsRecent(_heldAt) ? HeldLockPatience : LockPatience;
            await CommitAsync(requests, new StatementTimeout(forLocks, statementPatience), stop);
        }
        catch (PostgresException error) when (Database.Classify(error) == Fault.LockWait)
        {
            _heldAt = clock.GetTimestamp();
            throw;
        }
        catch (PostgresException error)
            when (error.SqlState is PostgresErrorCodes.InvalidSqlStatementName)
        {
            // The server has lost a statement the driver takes for prepared (DISCARD, or a pooler between
            // them that changed servers): on this session it would fail for ever.
            database.Clear();
            throw;
        }
    }

    async Task CommitAsync(
        IReadOnlyList<ReversalRequest> requests, StatementTimeout patience, CancellationToken stop)
    {
        await using var transaction = await ReversalTransaction.OpenAsync(database, stop);
        CrashPoint.Reached("before-load");
        var ledger = await transaction.LoadAsync(requests, Full(requests), policies, patience, stop)
            ?? throw new ConcurrencyConflictException();
        CrashPoint.Reached("after-load");
        var (now, began) = (clock.GetUtcNow(), clock.GetTimestamp());
        CrashPoint.Reached("before-decide");
        var leases = signals.Leases();
        List<Outcome> answers = [];
        List<long> forgotten = [];
        foreach (var request in requests)
        {
            var decision = ReversalPolicy.Decide(request, ledger, Policy(request, ledger), now);
            if (decision is not NoEvent)
            {
                var answer = Answer(decision, request, ledger, now);
                if (answer.PendingUntil is not null)
                {
                    room.Add(request.ClientId);
                }

                answers.Add(answer with { Lease = answer.Event is null ? null : leases[answer.Kind] });
            }

            if (request.Pending is { } remembered && decision is not NoEvent { EndsPending: false })
            {
                forgotten.Add(remembered.Id);
            }
        }

        var deciding = clock.GetElapsedTime(began);
        CrashPoint.Reached("after-decide");
        CrashPoint.Reached("before-save");
        var since = clock.GetTimestamp();
        var leased = await transaction.SaveAsync(ledger, answers, forgotten, now, stop);
        CrashPoint.Reached("before-tell-outcome");
        foreach (var kind in answers.Select(answer => answer.Kind).Distinct(StringComparer.Ordinal))
        {
            var rows = leased.Where(one => string.Equals(one.Answer.Kind, kind, StringComparison.Ordinal));
            signals[kind].HandOver([.. rows.Select(one => one.Row)], since);
            signals[kind].Wake();
        }

        Metrics.Answered(answers, deciding);
        answers.ForEach(Tell);
    }

    /// <summary>Those of which no more may wait than wait already.</summary>
    ReversalRequest[] Full(IReadOnlyList<ReversalRequest> requests) => requests.All(HasRoom)
        ? []
        : [.. requests.Where(request => !HasRoom(request) && request is { Rejection: null, Key: not null })];

    bool HasRoom(ReversalRequest request) => room.Has(request.ClientId);

    ClientPolicy Policy(ReversalRequest request, Ledger ledger)
    {
        var policy = policies[request.ClientId];
        return HasRoom(request) || ledger.HasPendingDelivery(request)
            ? policy
            : policy with { PendingFor = TimeSpan.Zero };
    }

    void Tell(Outcome answer)
    {
        if (string.Equals(answer.Event?.Reason, Reason.LedgerInconsistent.Code, StringComparison.Ordinal))
        {
            Log.LedgerInconsistent(log, answer.BillId, answer.Request.ClientId, answer.Request.Key);
        }
    }

    Outcome Answer(
        ReversalDecision decision, ReversalRequest request, Ledger ledger, DateTimeOffset now)
    {
        if (decision is Duplicate { Reversal: var stored })
        {
            return new Outcome
            {
                Kind = PaymentReversed.Kind,
                EventId = stored.EventId,
                BillId = stored.BillId,
                Request = request,
            };
        }

        var eventId = Guid.CreateVersion7(now);
        if (decision is Applied applied)
        {
            ledger.Apply(applied, request, eventId, now);
            var reversed = EventFactory.For(applied, request, eventId, now);
            return new Outcome
            {
                Kind = reversed.EventName,
                EventId = eventId,
                BillId = applied.Bill.Id,
                Applied = applied,
                Request = request,
                Event = Within(applied.Bill, EventRow.Of(reversed,
                    JsonSerializer.SerializeToUtf8Bytes(reversed, WireJson.Instance.PaymentReversed))),
            };
        }

        var rejected = (Rejected)decision;
        var answer = Storage.Outcome.To(rejected, request, eventId, now);
        return answer with { Event = Within(rejected.Bill, answer.Event!) };
    }

    /// <summary>What the broker would not take is found out before anything is applied.</summary>
    EventRow Within(Bill? bill, EventRow row) => row.Body.Length > outbound.MaxEventBytes
        ? throw new EventTooLargeException(row.Body.Length, outbound.MaxEventBytes, bill)
        : row;
}
