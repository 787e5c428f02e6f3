using System.Text.Json;
using Npgsql;
using Reversals.Contracts;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Batching;

/// <summary>One batch of requests: load, decide one by one, save, commit, wake the relay.</summary>
sealed class ReversalBatch(
    NpgsqlDataSource database,
    IReadOnlyDictionary<string, ClientPolicy> policies,
    OutboxSignals signals,
    TimeProvider clock,
    ILogger<ReversalBatch> log)
{
    internal async Task CommitAsync(IReadOnlyList<ReversalRequest> requests, CancellationToken stop)
    {
        await using var transaction = await ReversalTransaction.OpenAsync(database, stop);
        CrashPoint.Reached("P2-before");
        var ledger = await transaction.LoadAsync(requests, stop) ?? throw new OvertakenException();
        CrashPoint.Reached("P2-after");
        var now = clock.GetUtcNow();
        CrashPoint.Reached("P3-before");
        List<Answer> answers = [.. requests.Select(request => Decide(request, ledger, now))];
        CrashPoint.Reached("P3-after");
        CrashPoint.Reached("P4-before");
        await transaction.SaveAsync(ledger, answers, now, stop);
        CrashPoint.Reached("P6-before");
        foreach (var kind in answers.Select(answer => answer.Kind).Distinct(StringComparer.Ordinal))
        {
            signals[kind].Wake();
        }

        answers.ForEach(Tell);
    }

    void Tell(Answer answer)
    {
        Metrics.Answered(answer);
        if (string.Equals(answer.Event?.Reason, Reason.LedgerInconsistent.Code, StringComparison.Ordinal))
        {
            Log.LedgerInconsistent(log, answer.BillId, answer.Request.ClientId, answer.Request.Key);
        }
    }

    Answer Decide(ReversalRequest request, Ledger ledger, DateTimeOffset now)
    {
        var decision = ReversalPolicy.Decide(request, ledger, policies[request.ClientId], now);
        if (decision is Duplicate { Reversal: var stored })
        {
            return new Answer
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
            ledger.Apply(applied, request, eventId);
            var reversed = ReversalAnswer.For(applied, request, eventId, now);
            return new Answer
            {
                Kind = reversed.EventName,
                EventId = eventId,
                BillId = applied.Bill.Id,
                Applied = applied,
                Request = request,
                Event = Row(reversed,
                    JsonSerializer.SerializeToUtf8Bytes(reversed, WireJson.Instance.PaymentReversed)),
            };
        }

        var rejected = (Rejected)decision;
        var refusal = ReversalAnswer.For(rejected, request, eventId, now);
        return new Answer
        {
            Kind = refusal.EventName,
            EventId = eventId,
            BillId = rejected.Bill?.Id,
            Request = request,
            Event = Row(refusal,
                JsonSerializer.SerializeToUtf8Bytes(refusal, WireJson.Instance.ReversalRejected)),
        };
    }

    static EventRow Row(ReversalEvent answer, byte[] body) => new()
    {
        Rc = answer.Rc,
        Reason = answer.Reason,
        PaymentRef = answer.PaymentRef,
        Body = body,
    };
}
