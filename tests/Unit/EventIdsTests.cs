namespace Reversals.Tests.Unit;

/// <summary>The same request about the same payment has one event_id for ever.</summary>
public sealed class EventIdsTests
{
    static readonly DateTimeOffset PaidAt = DateTimeOffset.FromUnixTimeMilliseconds(0x0123_4567_89AB);

    static BillPayment Payment { get; } = Some.Payment() with { PaidAt = PaidAt };

    static ReversalRequest Request { get; } = Some.Request() with { ReferenceId = "request-1" };

    [Fact]
    public void It_begins_with_the_time_of_the_payment_and_is_of_version_8()
    {
        var id = EventIds.For(Request, Payment).ToString();

        id.ShouldStartWith("01234567-89ab-8");
        "89ab".ShouldContain(id[19]);
    }

    [Fact]
    public void When_and_how_the_request_came_changes_nothing() => EventIds
        .For(
            Request with
            {
                SentAt = PaidAt, ReceivedAt = PaidAt.AddYears(1), CorrelationId = "x", TraceParent = "y",
            },
            Payment with { ReversedAmount = 1 })
        .ShouldBe(EventIds.For(Request, Payment));

    [Fact]
    public void Whatever_makes_it_another_reversal_makes_it_another_id()
    {
        var derived = Request with { ReferenceId = null, PaymentRef = "P1" };
        Guid[] ids =
        [
            EventIds.For(Request, Payment),
            EventIds.For(Request with { ClientId = "other" }, Payment),
            EventIds.For(Request with { ReferenceId = "request-2" }, Payment),
            EventIds.For(Request with { Amount = 1.01m }, Payment),
            EventIds.For(Request, Payment with { PaidAt = PaidAt.AddMilliseconds(1) }),
            EventIds.For(derived, Payment),
            EventIds.For(derived, Payment with { Id = Payment.Id + 1 }),
        ];
        ids.ShouldBeUnique();
    }
}
