using System.Security.Cryptography;

namespace Reversals.Tests.Chaos;

/// <summary>An answer as it is stored and as it is heard.</summary>
sealed record ToldEvent(
    Guid Id, bool IsReversed, string Client, string? Reference, string Reason, string Body)
{
    internal bool IsIn(Heard heard) => string.Equals(heard.EventId, Id.ToString(), StringComparison.Ordinal);
}

/// <summary>
/// A run that nobody ran, told step by step: what the tables, the tap and the journal of it would hold.
/// </summary>
sealed class ToldHistory
{
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    int _moments;
    int _answers;

    internal Dictionary<long, BillRow> BillsBefore { get; } = [];

    internal Dictionary<long, BillRow> Bills { get; } = [];

    internal Dictionary<long, PaymentRow> PaymentsBefore { get; } = [];

    internal Dictionary<long, PaymentRow> Payments { get; } = [];

    internal List<AddedPayment> Added { get; } = [];

    internal List<Sent> Sent { get; } = [];

    internal List<ReversalRow> Reversals { get; } = [];

    internal List<ToldEvent> Events { get; } = [];

    internal List<Heard> Heard { get; } = [];

    internal List<(string Cause, byte[] Body)> Quarantine { get; } = [];

    internal List<Guid> Outbox { get; } = [];

    internal QueueCounts Queues { get; set; } = new(0, 0, []);

    internal void Bill(long id, string client, string type, decimal paid)
    {
        BillsBefore[id] = Bills[id] = new BillRow
        {
            Id = id,
            ClientId = client,
            Hash = string.Create(CultureInfo.InvariantCulture, $"hash-{id}"),
            Type = type,
            TotalAmount = paid,
            PaidAmount = paid,
            Status = type is "open" ? "active" : "paid",
            Version = 0,
            ValidUntil = new DateTime(2099, 1, 1, 0, 0, 0, DateTimeKind.Utc),
            Rest = "",
        };
    }

    internal void Pay(long id, long billId, decimal amount) =>
        PaymentsBefore[id] = Payments[id] = Payment(id, billId, amount);

    internal void PayLate(long id, long billId, decimal amount)
    {
        Payments[id] = Payment(id, billId, amount);
        Bills[billId] = Bills[billId] with { PaidAmount = Bills[billId].PaidAmount + amount };
        Added.Add(new AddedPayment(id, billId, amount));
    }

    internal void Ask(
        string kind, string client, string reference, string? paymentRef, decimal? amount,
        string? account = null) => Sent.Add(new Sent
    {
        Number = Sent.Count + 1,
        Class = kind,
        ClientId = client,
        Body = Encoding.UTF8.GetBytes($"{reference} {paymentRef} {amount} {account}"),
        Signature = "signed",
        Authentic = true,
        WellFormed = true,
        ReferenceId = reference,
        PaymentRef = paymentRef,
        Amount = amount,
        VirtualAccount = account,
        SentAt = Now(),
        Outcome = SendOutcome.Ok,
    });

    internal void Raw(string kind, string body, bool authentic) => Sent.Add(new Sent
    {
        Number = Sent.Count + 1,
        Class = kind,
        ClientId = "acme",
        Body = Encoding.UTF8.GetBytes(body),
        Authentic = authentic,
        WellFormed = false,
        ReferenceId = authentic ? null : "REV-9",
        SentAt = Now(),
        Outcome = SendOutcome.Ok,
    });

    /// <summary>The last request went to a gateway, which answered it so.</summary>
    internal void Tell(int status, string body, SendOutcome outcome) => Sent[^1] = Sent[^1] with
    {
        Outcome = outcome,
        Told = new Told { Status = status, Body = Encoding.UTF8.GetBytes(body) },
    };

    /// <summary>The last request went to a gateway, which answered it with the last event.</summary>
    internal void Tell() => Tell(200, AnswerOf(Events[^1]), SendOutcome.Ok);

    /// <summary>What a gateway tells of an event.</summary>
    internal static string AnswerOf(ToldEvent told)
    {
        var rc = told.IsReversed ? "SUCCESS" : "BILLER_INVALID_TRANSACTION";
        var data = told.Body[(told.Body.IndexOf("\"data\":", StringComparison.Ordinal) + 7)..^1];
        return $$"""{"rc":"{{rc}}","message":"told","timestamp":"2026-01-01T19:00:00+07:00","data":{{data}}}""";
    }

    /// <summary>What a gateway tells by itself.</summary>
    internal static string OwnAnswer(string rc) =>
        $$"""{"rc":"{{rc}}","message":"told","timestamp":"2026-01-01T19:00:00+07:00","data":null}""";

    internal void Apply(string reference, long paymentId, decimal amount)
    {
        var payment = Payments[paymentId] = Payments[paymentId] with
        {
            ReversedAmount = Payments[paymentId].ReversedAmount + amount,
        };
        var bill = Bills[payment.BillId];
        bill = Bills[bill.Id] = bill with
        {
            PaidAmount = bill.PaidAmount - amount,
            Version = bill.Version + 1,
            Status = "active",
        };
        Answer(isReversed: true, bill.ClientId, reference, "REVERSED", payment, bill, amount);
        Reversals.Add(new ReversalRow
        {
            ClientId = bill.ClientId,
            ReferenceId = reference,
            PaymentId = paymentId,
            BillId = bill.Id,
            Amount = amount,
            EventId = Events[^1].Id,
            ReversedAt = Now().UtcDateTime,
        });
    }

    internal void Refuse(
        string client, string? reference, string reason, long? billId = null, string? until = null) =>
        Answer(isReversed: false, client, reference, reason, payment: null,
            billId is { } id ? Bills[id] : null, amount: null, until);

    internal void Hear(ToldEvent answer, bool replayed = false) => Heard.Add(new Heard
    {
        At = Now(),
        Exchange = answer.IsReversed ? HeardEvent.ReversedExchange : HeardEvent.RejectedExchange,
        Body = Encoding.UTF8.GetBytes(answer.Body),
        EventId = answer.Id.ToString(),
        Replayed = replayed,
        Redelivered = false,
        ClientId = answer.Client,
    });

    internal DateTimeOffset Now() => Noon.AddMilliseconds(++_moments);

    void Answer(
        bool isReversed, string client, string? reference, string reason, PaymentRow? payment, BillRow? bill,
        decimal? amount, string? until = null)
    {
        var id = new Guid(SHA256.HashData(BitConverter.GetBytes(++_answers))[..16]);
        var remaining = payment is null ? "null" : EventBody.Spell(payment.Amount - payment.ReversedAmount);
        var data = bill is null ? "null"
            : $$"""{"hash":"{{bill.Hash}}","paid_amount":{{EventBody.Spell(bill.PaidAmount)}}}""";
        var rc = isReversed ? "SUCCESS" : "BILLER_INVALID_TRANSACTION";
        var kind = isReversed ? "payment.reversal" : "payment.reversal.rejected";
        var body =
            $$"""
            {"event":"{{kind}}","event_id":"{{id}}","client_id":"{{client}}",
            "reference_id":{{Quoted(reference)}},"payment_ref":{{Quoted(payment?.PaymentRef)}},
            "reason":"{{reason}}","rc":"{{rc}}","message":"told","timestamp":"2026-01-01T19:00:00+07:00","amount":{{(amount is { } taken ? EventBody.Spell(taken) : "null")}},
            "remaining":{{remaining}},"bill_version":{{(bill is null ? "null" : bill.Version)}},
            "pending_until":{{Quoted(until)}},"data":{{data}}}
            """;
        Events.Add(new ToldEvent(id, isReversed, client, reference, reason, body));
        Hear(Events[^1]);
    }

    PaymentRow Payment(long id, long billId, decimal amount) => new()
    {
        Id = id,
        BillId = billId,
        ClientId = Bills[billId].ClientId,
        PaymentRef = string.Create(CultureInfo.InvariantCulture, $"PAY-{id}"),
        ReferenceId = string.Create(CultureInfo.InvariantCulture, $"TRX-{id}"),
        VaNumber = string.Create(CultureInfo.InvariantCulture, $"857399{billId:D10}"),
        Amount = amount,
        ReversedAmount = 0,
    };

    static string Quoted(string? text) => text is null ? "null" : $"\"{text}\"";
}
