namespace Reversals.Tests.Chaos;

/// <summary>
/// A small run with a bit of everything, told without a mistake; a test of the oracle then tells one thing
/// wrong.
/// </summary>
static class OracleStory
{
    const string Acme = "acme";
    const string Globex = "globex";

    internal static OracleScene Tell()
    {
        var scene = new OracleScene();
        scene.Bill(1, Acme, "open", 220.5m);
        scene.Pay(11, 1, 100m);
        scene.Pay(12, 1, 50.5m);
        scene.Pay(13, 1, 70m);
        scene.Bill(2, Globex, "close", 1000m);
        scene.Pay(21, 2, 1000m);
        scene.Bill(3, Acme, "open", 0m);
        scene.Bill(4, Acme, "partial", 400m);
        scene.Pay(41, 4, 400m);

        scene.Ask("whole", Acme, "REV-1", "PAY-11", amount: null);
        scene.Apply("REV-1", 11, 100m);
        scene.Ask("part", Acme, "REV-2", "PAY-12", 20.25m);
        scene.Apply("REV-2", 12, 20.25m);
        scene.Ask("part", Acme, "REV-2", "PAY-12", 20.25m);
        scene.Hear(scene.Events[^1], replayed: true);
        scene.Ask("conflict", Globex, "REV-3", "PAY-21", 1000m);
        scene.Apply("REV-3", 21, 1000m);
        scene.Ask("conflict", Globex, "REV-3", "PAY-21", 999m);
        scene.Refuse(Globex, "REV-3", "IDEMPOTENCY_CONFLICT", billId: 2);
        scene.Ask("unknown", Acme, "REV-4", "PAY-99", 1m);
        scene.Refuse(Acme, "REV-4", "PAYMENT_NOT_FOUND");
        scene.Ask("again", Acme, "REV-5", "PAY-11", 100m);
        scene.Refuse(Acme, "REV-5", "ALREADY_REVERSED", billId: 1);

        scene.Ask("early", Acme, "REV-6", "PAY-31", 30m);
        scene.Refuse(Acme, "REV-6", "PAYMENT_NOT_FOUND", until: "2026-01-02T00:00:00+07:00");
        scene.PayLate(31, 3, 30m);
        scene.Apply("REV-6", 31, 30m);

        scene.Ask("account", Acme, "REV-7", paymentRef: null, 400m, "0000000004");
        scene.Apply("REV-7", 41, 400m);
        scene.Ask("vanished", Acme, "REV-8", "PAY-13", 1m);
        scene.Sent[^1] = scene.Sent[^1] with { Outcome = SendOutcome.Info };

        TellWhatFails(scene);
        return scene;
    }

    /// <summary>What is answered or kept, and changes nothing.</summary>
    static void TellWhatFails(OracleScene scene)
    {
        scene.Bill(5, Acme, "open", 80m);
        scene.Pay(51, 5, 80m);
        scene.Ask("fails-alone", Acme, "REV-10", "PAY-51", 80m);
        scene.Refuse(Acme, "REV-10", "INTERNAL_ERROR");
        scene.Quarantine.Add(("INTERNAL_ERROR", scene.Sent[^1].Body));
        scene.Raw("malformed", "{", authentic: true);
        scene.Refuse(Acme, reference: null, "MALFORMED_BODY");
        scene.Raw("forged", "{\"reference_id\":\"REV-9\"}", authentic: false);
        scene.Quarantine.Add(("SIGNATURE_INVALID", scene.Sent[^1].Body));
        scene.Raw("oversize", new string(' ', 70_000), authentic: true);
        scene.Quarantine.Add(("BODY_TOO_LARGE", scene.Sent[^1].Body));
    }
}
