namespace Reversals.Tests.Chaos;

/// <summary>One thing told wrong, and the invariant under which it must be found.</summary>
sealed record Mistake(string Name, int Invariant, Action<OracleScene> Make);

/// <summary>The mistakes that the oracle must find, each alone.</summary>
static class OracleMistakes
{
    internal static readonly IReadOnlyList<Mistake> All =
    [
        new("A bill whose paid_amount does not fit", 1,
            scene => Bill(scene, 1, bill => bill with { PaidAmount = 101m })),
        new("A payment whose reversed_amount does not fit", 1,
            scene => scene.Payments[13] = scene.Payments[13] with { ReversedAmount = 1m }),
        new("A status that does not follow", 1,
            scene => Bill(scene, 2, bill => bill with { Status = "paid" })),
        new("A bill that asks for another total", 1,
            scene => Bill(scene, 2, bill => bill with { TotalAmount = 1m })),
        new("A payment that moved", 1,
            scene => scene.Payments[13] = scene.Payments[13] with { VaNumber = "8573990000000009" }),
        new("An event that tells another remainder", 1,
            scene => Rewrite(scene, 1, "\"remaining\":30.25", "\"remaining\":30")),
        new("An event that tells another paid_amount", 1,
            scene => Rewrite(scene, 1, "\"paid_amount\":100.25", "\"paid_amount\":120.50")),

        new("A doubled effect", 2, scene => scene.Apply("REV-2", 12, 20.25m)),
        new("A duplicate answered with a new event", 2, scene => Renew(scene, 1)),
        new("A duplicate refused", 2, scene =>
        {
            scene.Heard.RemoveAll(heard => heard.Replayed);
            scene.Refuse("acme", "REV-2", "ALREADY_REVERSED", 1);
        }),
        new("A conflict answered as a duplicate", 2, scene =>
        {
            Remove(scene, "REV-3", "IDEMPOTENCY_CONFLICT");
            scene.Hear(scene.Events.Single(one => one.Reference is "REV-3"), replayed: true);
        }),

        new("A lost request", 3, scene => Remove(scene, "REV-4", "PAYMENT_NOT_FOUND")),
        new("A duplicate without an answer", 3, scene => scene.Heard.RemoveAll(heard => heard.Replayed)),
        new("A malformed request without an answer", 3,
            scene => Remove(scene, reference: null, "MALFORMED_BODY")),
        new("A malformed request that was understood", 3, scene =>
        {
            Remove(scene, reference: null, "MALFORMED_BODY");
            scene.Refuse("acme", reference: null, "PAYMENT_NOT_FOUND");
        }),
        new("Poison that vanished", 3, scene => scene.Quarantine.RemoveAt(1)),
        new("A request that failed alone and vanished", 3, scene => scene.Quarantine.RemoveAt(0)),
        new("A request that failed alone without an answer", 3,
            scene => Remove(scene, "REV-10", "INTERNAL_ERROR")),
        new("A good request answered as failed", 3, scene =>
        {
            Remove(scene, "REV-4", "PAYMENT_NOT_FOUND");
            scene.Refuse("acme", "REV-4", "INTERNAL_ERROR");
        }),
        new("A payment that was there and not found", 3, scene =>
            Ask(scene, "REV-4", sent => sent with { PaymentRef = "PAY-13" })),
        new("Something left of what is already reversed", 3, scene =>
            Ask(scene, "REV-5", sent => sent with { PaymentRef = "PAY-13" })),
        new("A conflict with nothing", 3, scene =>
        {
            Remove(scene, "REV-5", "ALREADY_REVERSED");
            scene.Refuse("acme", "REV-5", "IDEMPOTENCY_CONFLICT", 1);
        }),
        new("A payment that came in vain", 3, scene =>
        {
            Remove(scene, "REV-6", "REVERSED");
            scene.Reversals.RemoveAll(row => row.ReferenceId is "REV-6");
            scene.Payments[31] = scene.Payments[31] with { ReversedAmount = 0 };
            Bill(scene, 3, bill => bill with { PaidAmount = 30m, Version = 0 });
        }),

        new("An effect nobody asked for", 4,
            scene => scene.Sent.RemoveAll(sent => sent.ReferenceId is "REV-1")),
        new("Another amount than was asked for", 4, scene =>
            Ask(scene, "REV-2", sent => sent with { Amount = 20.2m })),
        new("Another payment than was asked for", 4, scene =>
            Ask(scene, "REV-2", sent => sent with { PaymentRef = "PAY-13" })),
        new("A payment of another client", 4, scene =>
        {
            scene.Bills[2] = scene.Bills[2] with { ClientId = "acme" };
            scene.BillsBefore[2] = scene.BillsBefore[2] with { ClientId = "acme" };
        }),
        new("A malformed request that was applied", 4, scene =>
            Ask(scene, "REV-1", sent => sent with { WellFormed = false })),
        new("A part of a close bill", 4, scene => Bill(scene, 1, bill => bill with { Type = "close" })),
        new("A payment that was guessed", 4, scene =>
        {
            scene.Pay(42, 4, 400m);
            scene.BillsBefore[4] = scene.BillsBefore[4] with { PaidAmount = 800m };
            Bill(scene, 4, bill => bill with { PaidAmount = 400m, Status = "paid" });
        }),
        new("An event of no reversal", 4, scene => scene.Reversals.RemoveAt(0)),
        new("An amount spelled another way", 4,
            scene => Rewrite(scene, 1, "\"amount\":20.25", "\"amount\":20.250")),
        new("An answer nobody asked for", 4, scene => scene.Refuse("acme", "REV-77", "PAYMENT_NOT_FOUND")),

        new("An event that was never heard", 5, scene =>
            scene.Heard.RemoveAll(scene.Events[0].IsIn)),
        new("A copy in other bytes", 5, scene => scene.Heard[2] = scene.Heard[2] with
        {
            Body = [.. scene.Heard[2].Body, (byte)' '],
        }),
        new("A copy under another id", 5, scene => scene.Heard[2] = scene.Heard[2] with
        {
            EventId = scene.Events[0].Id.ToString(),
        }),
        new("An answer that is stored nowhere", 5,
            scene => scene.Events.RemoveAll(one => one.Reference is "REV-4")),
        new("An effect without an event", 5, scene => scene.Events.RemoveAt(0)),
        new("A rejection on the wrong exchange", 5, scene => scene.Heard[0] = scene.Heard[0] with
        {
            Exchange = HeardEvent.RejectedExchange,
        }),

        new("Events of a bill out of order", 6, scene =>
            (scene.Heard[0], scene.Heard[1]) = (scene.Heard[1], scene.Heard[0])),
        new("A bill_version that did not rise", 6, scene =>
            Rewrite(scene, 1, "\"bill_version\":2", "\"bill_version\":1")),
        new("A version that rose by itself", 6, scene => Bill(scene, 2, bill => bill with { Version = 5 })),

        new("A row left in the outbox", 7, scene => scene.Outbox.Add(scene.Events[0].Id)),
        new("A good request in quarantine", 7, scene =>
            scene.Quarantine.Add(("INTERNAL_ERROR", scene.Sent[0].Body))),
        new("A good signature refused", 7, scene =>
            scene.Quarantine.Add(("SIGNATURE_INVALID", scene.Sent[0].Body))),
        new("A stranger's message in quarantine", 7, scene =>
            scene.Quarantine.Add(("SIGNATURE_INVALID", "?"u8.ToArray()))),
        new("A message left in the queue", 7, scene => scene.Queues = scene.Queues with { Requests = 1 }),
        new("A dead letter", 7, scene => scene.Queues = scene.Queues with { DeadLetters = 1 }),
        new("A queue that is nobody's", 7, scene =>
            scene.Queues = scene.Queues with { Others = ["reversal-requested_error"] }),

        new("A forged request applied", 9,
            scene => Ask(scene, "REV-1", sent => sent with { Authentic = false })),
        new("A forged request answered", 9, scene => scene.Refuse("acme", "REV-9", "PAYMENT_NOT_FOUND")),
    ];

    static void Bill(OracleScene scene, long id, Func<BillRow, BillRow> change) =>
        scene.Bills[id] = change(scene.Bills[id]);

    static void Ask(OracleScene scene, string reference, Func<Sent, Sent> change)
    {
        for (var place = 0; place < scene.Sent.Count; place++)
        {
            if (string.Equals(scene.Sent[place].ReferenceId, reference, StringComparison.Ordinal))
            {
                scene.Sent[place] = change(scene.Sent[place]);
            }
        }
    }

    /// <summary>As if it had never been: the stored event and every copy of it.</summary>
    static void Remove(OracleScene scene, string? reference, string reason)
    {
        var gone = scene.Events.Single(one =>
            string.Equals(one.Reference, reference, StringComparison.Ordinal)
            && string.Equals(one.Reason, reason, StringComparison.Ordinal));
        scene.Events.Remove(gone);
        scene.Heard.RemoveAll(gone.IsIn);
    }

    /// <summary>Stored and heard alike.</summary>
    static void Rewrite(OracleScene scene, int place, string old, string text)
    {
        var wrong = scene.Events[place] with { Body = Replace(scene.Events[place].Body, old, text) };
        scene.Events[place] = wrong;
        for (var copy = 0; copy < scene.Heard.Count; copy++)
        {
            if (wrong.IsIn(scene.Heard[copy]))
            {
                scene.Heard[copy] = scene.Heard[copy] with { Body = Encoding.UTF8.GetBytes(wrong.Body) };
            }
        }
    }

    /// <summary>The replay of an event gets an id of its own.</summary>
    static void Renew(OracleScene scene, int place)
    {
        var old = scene.Events[place];
        var id = new Guid("018f0000-0000-7000-8000-000000000001");
        scene.Events.Add(old with { Id = id, Body = Replace(old.Body, old.Id.ToString(), id.ToString()) });
        scene.Heard.RemoveAll(heard => heard.Replayed);
        scene.Hear(scene.Events[^1]);
    }

    static string Replace(string body, string old, string text) =>
        body.Contains(old, StringComparison.Ordinal) ? body.Replace(old, text, StringComparison.Ordinal)
        : throw new InvalidOperationException($"The scene tells no {old}.");
}
