namespace Reversals.Tests.Chaos;

/// <summary>One thing told wrong, and the invariant under which it must be found.</summary>
sealed record Mistake(string Name, int Invariant, Action<ToldHistory> Make);

/// <summary>The mistakes that the oracle must find, each alone.</summary>
static class HistoryMistakes
{
    internal static readonly IReadOnlyList<Mistake> All =
    [
        new("A bill whose paid_amount does not fit", 1,
            history => Bill(history, 1, bill => bill with { PaidAmount = 101m })),
        new("A payment whose reversed_amount does not fit", 1,
            history => history.Payments[13] = history.Payments[13] with { ReversedAmount = 1m }),
        new("A status that does not follow", 1,
            history => Bill(history, 2, bill => bill with { Status = "paid" })),
        new("A bill that asks for another total", 1,
            history => Bill(history, 2, bill => bill with { TotalAmount = 1m })),
        new("A payment that moved", 1,
            history => history.Payments[13] = history.Payments[13] with { VaNumber = "8573990000000009" }),
        new("An event that tells another remainder", 1,
            history => Rewrite(history, 1, "\"remaining\":30.25", "\"remaining\":30")),
        new("An event that tells another paid_amount", 1,
            history => Rewrite(history, 1, "\"paid_amount\":100.25", "\"paid_amount\":120.50")),

        new("A doubled effect", 2, history => history.Apply("REV-2", 12, 20.25m)),
        new("A duplicate answered with a new event", 2, history => Renew(history, 1)),
        new("A duplicate refused", 2, history =>
        {
            history.Heard.RemoveAll(heard => heard.Replayed);
            history.Refuse("acme", "REV-2", "ALREADY_REVERSED", 1);
        }),
        new("A conflict answered as a duplicate", 2, history =>
        {
            Remove(history, "REV-3", "IDEMPOTENCY_CONFLICT");
            history.Hear(history.Events.Single(one => one.Reference is "REV-3"), replayed: true);
        }),

        new("A lost request", 3, history => Remove(history, "REV-4", "PAYMENT_NOT_FOUND")),
        new("A duplicate without an answer", 3, history => history.Heard.RemoveAll(heard => heard.Replayed)),
        new("A malformed request without an answer", 3,
            history => Remove(history, reference: null, "MALFORMED_BODY")),
        new("A malformed request that was understood", 3, history =>
        {
            Remove(history, reference: null, "MALFORMED_BODY");
            history.Refuse("acme", reference: null, "PAYMENT_NOT_FOUND");
        }),
        new("Poison that vanished", 3, history => history.Quarantine.RemoveAt(1)),
        new("A request that failed alone and vanished", 3, history => history.Quarantine.RemoveAt(0)),
        new("A request that failed alone without an answer", 3,
            history => Remove(history, "REV-10", "INTERNAL_ERROR")),
        new("A good request answered as failed", 3, history =>
        {
            Remove(history, "REV-4", "PAYMENT_NOT_FOUND");
            history.Refuse("acme", "REV-4", "INTERNAL_ERROR");
        }),
        new("A payment that was there and not found", 3, history =>
            Ask(history, "REV-4", sent => sent with { PaymentRef = "PAY-13" })),
        new("Something left of what is already reversed", 3, history =>
            Ask(history, "REV-5", sent => sent with { PaymentRef = "PAY-13" })),
        new("A conflict with nothing", 3, history =>
        {
            Remove(history, "REV-5", "ALREADY_REVERSED");
            history.Refuse("acme", "REV-5", "IDEMPOTENCY_CONFLICT", 1);
        }),
        new("A payment that came in vain", 3, history =>
        {
            Remove(history, "REV-6", "REVERSED");
            history.Reversals.RemoveAll(row => row.ReferenceId is "REV-6");
            history.Payments[31] = history.Payments[31] with { ReversedAmount = 0 };
            Bill(history, 3, bill => bill with { PaidAmount = 30m, Version = 0 });
        }),

        new("An effect nobody asked for", 4,
            history => history.Sent.RemoveAll(sent => sent.ReferenceId is "REV-1")),
        new("Another amount than was asked for", 4, history =>
            Ask(history, "REV-2", sent => sent with { Amount = 20.2m })),
        new("Another payment than was asked for", 4, history =>
            Ask(history, "REV-2", sent => sent with { PaymentRef = "PAY-13" })),
        new("A payment of another client", 4, history =>
        {
            history.Bills[2] = history.Bills[2] with { ClientId = "acme" };
            history.BillsBefore[2] = history.BillsBefore[2] with { ClientId = "acme" };
        }),
        new("A malformed request that was applied", 4, history =>
            Ask(history, "REV-1", sent => sent with { WellFormed = false })),
        new("A part of a close bill", 4, history => Bill(history, 1, bill => bill with { Type = "close" })),
        new("A payment that was guessed", 4, history =>
        {
            history.Pay(42, 4, 400m);
            history.BillsBefore[4] = history.BillsBefore[4] with { PaidAmount = 800m };
            Bill(history, 4, bill => bill with { PaidAmount = 400m, Status = "paid" });
        }),
        new("An event of no reversal", 4, history => history.Reversals.RemoveAt(0)),
        new("An amount spelled another way", 4,
            history => Rewrite(history, 1, "\"amount\":20.25", "\"amount\":20.250")),
        new("An answer nobody asked for", 4, history => history.Refuse("acme", "REV-77", "PAYMENT_NOT_FOUND")),

        new("An event that was never heard", 5, history =>
            history.Heard.RemoveAll(history.Events[0].IsIn)),
        new("A copy in other bytes", 5, history => history.Heard[2] = history.Heard[2] with
        {
            Body = [.. history.Heard[2].Body, (byte)' '],
        }),
        new("A copy under another id", 5, history => history.Heard[2] = history.Heard[2] with
        {
            EventId = history.Events[0].Id.ToString(),
        }),
        new("An answer that is stored nowhere", 5,
            history => history.Events.RemoveAll(one => one.Reference is "REV-4")),
        new("An effect without an event", 5, history => history.Events.RemoveAt(0)),
        new("A rejection on the wrong exchange", 5, history => history.Heard[0] = history.Heard[0] with
        {
            Exchange = HeardEvent.RejectedExchange,
        }),

        new("Events of a bill out of order", 6, history =>
            (history.Heard[0], history.Heard[1]) = (history.Heard[1], history.Heard[0])),
        new("An event delivered again that tells its successor's bill_version", 6, history =>
        {
            history.Heard[1] = history.Heard[1] with { Redelivered = true };
            Rewrite(history, 1, "\"bill_version\":2", "\"bill_version\":1");
        }),
        new("Events out of order after one delivered again", 6, history =>
        {
            (history.Heard[0], history.Heard[1]) = (history.Heard[1], history.Heard[0]);
            history.Heard[0] = history.Heard[0] with { Redelivered = true };
        }),
        new("A bill_version that did not rise", 6, history =>
            Rewrite(history, 1, "\"bill_version\":2", "\"bill_version\":1")),
        new("A version that rose by itself", 6, history => Bill(history, 2, bill => bill with { Version = 5 })),

        new("A row left in the outbox", 7, history => history.Outbox.Add(history.Events[0].Id)),
        new("A good request in quarantine", 7, history =>
            history.Quarantine.Add(("INTERNAL_ERROR", history.Sent[0].Body))),
        new("A good signature refused", 7, history =>
            history.Quarantine.Add(("SIGNATURE_INVALID", history.Sent[0].Body))),
        new("A stranger's message in quarantine", 7, history =>
            history.Quarantine.Add(("SIGNATURE_INVALID", "?"u8.ToArray()))),
        new("A message left in the queue", 7, history => history.Queues = history.Queues with { Requests = 1 }),
        new("A dead letter", 7, history => history.Queues = history.Queues with { DeadLetters = 1 }),
        new("A queue that is nobody's", 7, history =>
            history.Queues = history.Queues with { Others = ["reversal-requested_error"] }),

        new("A caller told yes of what was not done", 12, history =>
            Retell(history, "REV-64", ToldHistory.AnswerOf(history.Events.Last(one => one.IsReversed)))),
        new("A caller told the answer to another", 12, history =>
            Retell(history, "REV-64", ToldHistory.AnswerOf(
                history.Events.Single(one => one.Reference is "REV-5")))),
        new("A caller told another's success", 12, history =>
            Retell(history, "REV-61", ToldHistory.AnswerOf(history.Events.Single(one => one.Reference is "REV-62")))),
        new("A caller told the same in other bytes", 12, history =>
            Retell(history, "REV-61", ToldHistory.AnswerOf(
                history.Events.Single(one => one.Reference is "REV-61")) + " ")),
        new("A caller told that nothing was sent, and it was applied", 12,
            history => history.Apply("REV-63", 63, 20m)),
        new("A caller told no, and it was applied", 12, history =>
        {
            Ask(history, "REV-64", sent => sent with { PaymentRef = "PAY-63" });
            history.Apply("REV-64", 63, 20m);
        }),
        new("A caller told something else than the four fields", 12, history =>
            Retell(history, "REV-64", "{\"rc\":\"SUCCESS\"}")),
        new("A good signature turned away", 12, history =>
            history.Sent[^1] = history.Sent[^1] with { Authentic = true }),

        new("A forged request applied", 9,
            history => Ask(history, "REV-1", sent => sent with { Authentic = false })),
        new("A forged request answered", 9, history => history.Refuse("acme", "REV-9", "PAYMENT_NOT_FOUND")),
    ];

    static void Bill(ToldHistory history, long id, Func<BillRow, BillRow> change) =>
        history.Bills[id] = change(history.Bills[id]);

    static void Retell(ToldHistory history, string reference, string body) => Ask(history, reference,
        sent => sent with { Told = sent.Told! with { Body = Encoding.UTF8.GetBytes(body) } });

    static void Ask(ToldHistory history, string reference, Func<Sent, Sent> change)
    {
        for (var place = 0; place < history.Sent.Count; place++)
        {
            if (string.Equals(history.Sent[place].ReferenceId, reference, StringComparison.Ordinal))
            {
                history.Sent[place] = change(history.Sent[place]);
            }
        }
    }

    /// <summary>As if it had never been: the stored event and every copy of it.</summary>
    static void Remove(ToldHistory history, string? reference, string reason)
    {
        var gone = history.Events.Single(one =>
            string.Equals(one.Reference, reference, StringComparison.Ordinal)
            && string.Equals(one.Reason, reason, StringComparison.Ordinal));
        history.Events.Remove(gone);
        history.Heard.RemoveAll(gone.IsIn);
    }

    /// <summary>Stored and heard alike.</summary>
    static void Rewrite(ToldHistory history, int place, string old, string text)
    {
        var wrong = history.Events[place] with { Body = Replace(history.Events[place].Body, old, text) };
        history.Events[place] = wrong;
        for (var copy = 0; copy < history.Heard.Count; copy++)
        {
            if (wrong.IsIn(history.Heard[copy]))
            {
                history.Heard[copy] = history.Heard[copy] with { Body = Encoding.UTF8.GetBytes(wrong.Body) };
            }
        }
    }

    /// <summary>The replay of an event gets an id of its own.</summary>
    static void Renew(ToldHistory history, int place)
    {
        var old = history.Events[place];
        var id = new Guid("018f0000-0000-7000-8000-000000000001");
        history.Events.Add(old with { Id = id, Body = Replace(old.Body, old.Id.ToString(), id.ToString()) });
        history.Heard.RemoveAll(heard => heard.Replayed);
        history.Hear(history.Events[^1]);
    }

    static string Replace(string body, string old, string text) =>
        body.Contains(old, StringComparison.Ordinal) ? body.Replace(old, text, StringComparison.Ordinal)
        : throw new InvalidOperationException($"The history tells no {old}.");
}
