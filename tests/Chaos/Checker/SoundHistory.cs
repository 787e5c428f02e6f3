namespace Reversals.Tests.Chaos;

/// <summary>
/// A small run with a bit of everything, told without a mistake; a test of the oracle then tells one thing
/// wrong.
/// </summary>
static class SoundHistory
{
    const string Acme = "acme";
    const string Globex = "globex";

    internal static ToldHistory Tell()
    {
        var history = new ToldHistory();
        history.Bill(1, Acme, "open", 220.5m);
        history.Pay(11, 1, 100m);
        history.Pay(12, 1, 50.5m);
        history.Pay(13, 1, 70m);
        history.Bill(2, Globex, "close", 1000m);
        history.Pay(21, 2, 1000m);
        history.Bill(3, Acme, "open", 0m);
        history.Bill(4, Acme, "partial", 400m);
        history.Pay(41, 4, 400m);

        history.Ask("whole", Acme, "REV-1", "PAY-11", amount: null);
        history.Apply("REV-1", 11, 100m);
        history.Ask("part", Acme, "REV-2", "PAY-12", 20.25m);
        history.Apply("REV-2", 12, 20.25m);
        history.Ask("part", Acme, "REV-2", "PAY-12", 20.25m);
        history.Hear(history.Events[^1], replayed: true);
        history.Ask("conflict", Globex, "REV-3", "PAY-21", 1000m);
        history.Apply("REV-3", 21, 1000m);
        history.Ask("conflict", Globex, "REV-3", "PAY-21", 999m);
        history.Refuse(Globex, "REV-3", "IDEMPOTENCY_CONFLICT", billId: 2);
        history.Ask("unknown", Acme, "REV-4", "PAY-99", 1m);
        history.Refuse(Acme, "REV-4", "PAYMENT_NOT_FOUND");
        history.Ask("again", Acme, "REV-5", "PAY-11", 100m);
        history.Refuse(Acme, "REV-5", "ALREADY_REVERSED", billId: 1);

        history.Ask("early", Acme, "REV-6", "PAY-31", 30m);
        history.Refuse(Acme, "REV-6", "PAYMENT_NOT_FOUND", until: "2026-01-02T00:00:00+07:00");
        history.PayLate(31, 3, 30m);
        history.Apply("REV-6", 31, 30m);

        history.Ask("account", Acme, "REV-7", paymentRef: null, 400m, "0000000004");
        history.Apply("REV-7", 41, 400m);
        history.Ask("vanished", Acme, "REV-8", "PAY-13", 1m);
        history.Sent[^1] = history.Sent[^1] with { Outcome = SendOutcome.Info };

        TellWhatFails(history);
        TellOverHttp(history);
        return history;
    }

    /// <summary>What goes to a gateway: yes, yes again, no, suspect, not taken, turned away.</summary>
    static void TellOverHttp(ToldHistory history)
    {
        history.Bill(6, Acme, "open", 60m);
        foreach (var number in (int[])[61, 62, 63])
        {
            history.Pay(number, 6, 20m);
        }

        history.Ask("by-http", Acme, "REV-61", "PAY-61", 20m);
        history.Apply("REV-61", 61, 20m);
        history.Tell();
        history.Ask("by-http", Acme, "REV-61", "PAY-61", 20m);
        history.Hear(history.Events[^1], replayed: true);
        history.Tell();
        history.Ask("by-http", Acme, "REV-64", "PAY-99", 20m);
        history.Refuse(Acme, "REV-64", "PAYMENT_NOT_FOUND");
        history.Tell();
        history.Ask("by-http", Acme, "REV-62", "PAY-62", 20m);
        history.Apply("REV-62", 62, 20m);
        history.Tell(200, ToldHistory.OwnAnswer(Told.Suspect), SendOutcome.Info);
        history.Ask("by-http", Acme, "REV-63", "PAY-63", 20m);
        history.Tell(503, ToldHistory.OwnAnswer("BILLER_GATEWAY_INVALID_RESPONSE"), SendOutcome.Fail);
        history.Raw("forged", "{\"reference_id\":\"REV-65\"}", authentic: false);
        history.Tell(401, ToldHistory.OwnAnswer("BILLER_AUTHENTICATION"), SendOutcome.Fail);
    }

    /// <summary>What is answered or kept, and changes nothing.</summary>
    static void TellWhatFails(ToldHistory history)
    {
        history.Bill(5, Acme, "open", 80m);
        history.Pay(51, 5, 80m);
        history.Ask("fails-alone", Acme, "REV-10", "PAY-51", 80m);
        history.Refuse(Acme, "REV-10", "INTERNAL_ERROR");
        history.Quarantine.Add(("INTERNAL_ERROR", history.Sent[^1].Body));
        history.Raw("malformed", "{", authentic: true);
        history.Refuse(Acme, reference: null, "MALFORMED_BODY");
        history.Raw("forged", "{\"reference_id\":\"REV-9\"}", authentic: false);
        history.Quarantine.Add(("SIGNATURE_INVALID", history.Sent[^1].Body));
        history.Raw("oversize", new string(' ', 70_000), authentic: true);
        history.Quarantine.Add(("BODY_TOO_LARGE", history.Sent[^1].Body));
    }
}
