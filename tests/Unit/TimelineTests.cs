using Reversals.Operations.Page;
using Reversals.Operations.Queries;

namespace Reversals.Tests.Unit;

/// <summary>What happened to a reference is told in the order in which one thing led to the next.</summary>
public sealed class TimelineTests
{
    static readonly DateTime Noon = new(2026, 11, 28, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void What_was_paid_stands_before_its_reversal_whatever_the_billers_clock_says()
    {
        var history = new ReferenceHistory
        {
            Query = "request-1",
            Payments = [Payment(paidAt: Noon.AddSeconds(3))],
            Reversals = [Reversal("request-1")],
            Events = [Event("REVERSED", "payment.reversal")],
        };

        Stages(history).ShouldBe(["paid", "decided", "committed", "published"]);
    }

    [Fact]
    public void What_was_sent_stands_before_its_decision_whatever_the_senders_clock_says()
    {
        var history = new ReferenceHistory
        {
            Query = "request-1",
            Events =
            [
                Event("PAYMENT_NOT_FOUND", "payment.reversal.rejected") with
                {
                    PendingUntil = new DateTimeOffset(Noon.AddDays(1)),
                },
            ],
            Pending =
            [
                new()
                {
                    Id = 1, ClientId = "acme", ReferenceId = "request-1", SentAt = Noon.AddSeconds(9),
                    PendingUntil = Noon.AddDays(1),
                },
            ],
        };

        Stages(history).ShouldBe(["received", "decided", "committed", "published", "remembered"]);
    }

    [Fact]
    public void What_waits_to_be_published_stands_after_its_commit_whatever_the_databases_clock_says()
    {
        var decided = Event("REVERSED", "payment.reversal");
        var history = new ReferenceHistory
        {
            Query = "request-1",
            Events = [decided],
            Waiting =
            [
                new()
                {
                    Id = 1, Kind = decided.Kind, EventId = decided.EventId, Replayed = false, Attempts = 0,
                    IsLeased = false, EnqueuedAt = Noon.AddSeconds(-5),
                },
            ],
        };

        Stages(history).ShouldBe(["decided", "committed", "waiting"]);
    }

    [Fact]
    public void How_the_payment_is_now_stands_last_and_not_with_what_was_before()
    {
        var history = new ReferenceHistory
        {
            Query = "request-1",
            Payments = [Payment(paidAt: Noon.AddHours(-1))],
            Reversals = [Reversal("request-1")],
            Events = [Event("REVERSED", "payment.reversal")],
        };

        history.Timeline[0].Text.ShouldNotContain("now");
        history.Timeline[^1].Text.ShouldContain("Of payment 7 4000 is reversed now");
    }

    [Theory]
    [InlineData("ALREADY_REVERSED", "Request request-1 took 4000 of it")]
    [InlineData("EXCEEDS_REMAINING", "Request request-1 took 4000 of it")]
    [InlineData("IDEMPOTENCY_CONFLICT", "The first took 4000 of payment P1")]
    public void A_rejection_names_the_request_that_was_first(string reason, string expected)
    {
        var isConflict = reason is "IDEMPOTENCY_CONFLICT";
        var rejected = Event(reason, "payment.reversal.rejected") with
        {
            ReferenceId = isConflict ? "request-1" : "request-2",
            PaymentRef = isConflict ? "P2" : "P1",
        };
        var first = new EarlierReversal
        {
            ClientId = "acme", ReferenceId = "request-1", PaymentRef = "P1", Amount = 4000,
            ReversedAt = Noon.AddMinutes(-1),
        };

        Decided(rejected, first).ShouldContain(expected);
        Decided(rejected, first with { ReversedAt = Noon.AddMinutes(1) }).ShouldNotContain("request-1 took");
        Decided(rejected, first with { ClientId = "other" }).ShouldNotContain("took");
        Decided(rejected, first with { PaymentRef = "P9", ReferenceId = "request-9" }).ShouldNotContain("took");
        Decided(rejected with { Reason = "WINDOW_EXPIRED" }, first).ShouldNotContain("took");
    }

    [Theory]
    [InlineData("REVERSED", "payment.reversal", "", "good")]
    [InlineData("PARTIALLY_REVERSED", "payment.reversal", "", "good")]
    [InlineData("ALREADY_REVERSED", "payment.reversal.rejected", "bad", "bad")]
    [InlineData("WINDOW_EXPIRED", "payment.reversal.rejected", "bad", "bad")]
    public void Nothing_of_a_rejection_is_green(string reason, string kind, string decided, string published)
    {
        var history = new ReferenceHistory { Query = "request-1", Events = [Event(reason, kind)] };

        history.Timeline.Select(ReferenceModel.Colour).ShouldBe([decided, published, published]);
    }

    static string Decided(DecisionEvent decision, EarlierReversal earlier) =>
        new ReferenceHistory { Query = "x", Events = [decision], Earlier = [earlier] }.Timeline[0].Text;

    static IEnumerable<string> Stages(ReferenceHistory history) => history.Timeline.Select(entry => entry.Stage);

    static PaymentState Payment(DateTime paidAt) => new()
    {
        Id = 7, BillId = 1, ClientId = "acme", PaymentRef = "P1", Amount = 10_000, ReversedAmount = 4_000,
        PaidAt = paidAt, BillType = "open", BillStatus = "active", BillTotal = 10_000, BillPaid = 6_000,
        BillVersion = 2,
    };

    static AppliedReversal Reversal(string reference) => new()
    {
        ClientId = "acme", ReferenceId = reference, PaymentId = 7, BillId = 1, Amount = 4_000,
        EventId = Guid.Empty, ReversedAt = Noon,
    };

    static DecisionEvent Event(string reason, string kind) => new()
    {
        EventId = Guid.Empty, Kind = kind, ClientId = "acme", ReferenceId = "request-1", PaymentRef = "P1",
        Rc = "x", Reason = reason, OccurredAt = Noon,
    };
}
