namespace Reversals.Tests.Unit;

/// <summary>What a decision says to the one who asked.</summary>
public sealed class EventFactoryTests
{
    static readonly Guid EventId = Guid.CreateVersion7(Some.Now);

    [Fact]
    public void An_applied_reversal_is_answered_with_the_bill_afterwards_and_the_payment()
    {
        var answer = Applied(Some.Request(amount: 30_000), Some.Payment());

        answer.Rc.ShouldBe("SUCCESS");
        answer.Message.ShouldBe("success");
        answer.Reason.ShouldBe("PARTIALLY_REVERSED");
        answer.EventName.ShouldBe("payment.reversal");
        answer.EventId.ShouldBe(EventId);
        answer.Timestamp.ShouldBe(Some.Now);
        answer.ClientId.ShouldBe(Some.Client);
        answer.ReferenceId.ShouldBe("request-1");
        answer.PaymentRef.ShouldBe("P1");
        answer.Amount.ShouldBe(30_000);
        answer.Remaining.ShouldBe(70_000);
        answer.BillVersion.ShouldBe(8);
        answer.Data!.PaidAmount.ShouldBe(70_000);
        answer.Data.TotalAmount.ShouldBe(100_000);
        answer.Data.Status.ShouldBe(BillStatus.Active);
        answer.Data.TransactionRefId.ShouldBe("own-1");
        answer.Data.Detail.ShouldBe(new PaymentDetail
        {
            Id = "1",
            PaymentRefId = "P1",
            Channel = Some.Channel,
            Amount = 30_000,
            CreatedAt = Some.Now,
        });
    }

    [Fact]
    public void Everything_a_bill_says_is_in_its_answer()
    {
        var bill = Some.Bill().With(model => model with
        {
            Hash = "h",
            VaNumber = "va",
            InvoiceNumber = "i",
            Name = "n",
            CustomerName = "cn",
            CustomerEmail = "ce",
            CustomerPhone = "cp",
            CustomerAddress = "ca",
            BilledAmount = 90_000,
            Description = "d",
            ExtDescription = "ed",
            CreatedAt = Some.Now.AddDays(-3),
            Components = [new Component { Id = "1" }],
            AdditionalData = System.Text.Json.JsonElement.Parse("[]"),
        });
        var ledger = Some.Ledger(bill, Some.Payment());
        var request = Some.Request();

        var applied = ledger.Answer(request).ShouldBeApplied();
        var data = EventFactory.For(applied, request, EventId, Some.Now).Data!;

        data.ShouldBe(new Payment
        {
            Hash = "h",
            VaNumber = "va",
            InvoiceNumber = "i",
            Type = BillType.Close,
            TransactionRefId = "own-1",
            Name = "n",
            CustomerName = "cn",
            CustomerEmail = "ce",
            CustomerPhone = "cp",
            CustomerAddress = "ca",
            TotalAmount = 100_000,
            BilledAmount = 90_000,
            PaidAmount = 0,
            Status = BillStatus.Active,
            ExtDescription = "ed",
            Description = "d",
            ValidUntil = Some.Now.AddDays(30),
            CreatedAt = Some.Now.AddDays(-3),
            Components = bill.Model.Components,
            AdditionalData = bill.Model.AdditionalData,
            Detail = data.Detail,
        });
    }

    [Theory]
    [InlineData("own-1", "P1", "own-1")]
    [InlineData(null, "P1", "P1")]
    public void The_transaction_is_the_payments_own_reference_as_far_as_it_has_one(
        string? own, string? paymentRef, string expected) =>
        Applied(Some.Request(), Some.Payment() with { ReferenceId = own, PaymentRef = paymentRef })
            .Data!.TransactionRefId.ShouldBe(expected);

    [Fact]
    public void A_rejection_of_a_known_payment_shows_the_bill_as_it_is_and_no_reversal()
    {
        var answer = Rejected(Some.Request(amount: 99_999));

        answer.Rc.ShouldBe("BILLER_INVALID_TRANSACTION_AMOUNT");
        answer.Reason.ShouldBe("PARTIAL_NOT_ALLOWED");
        answer.Message.ShouldBe("amount must be exactly what the payment has left");
        answer.EventName.ShouldBe("payment.reversal.rejected");
        answer.ReferenceId.ShouldBe("request-1");
        answer.Amount.ShouldBe(99_999);
        answer.Remaining.ShouldBe(100_000);
        answer.BillVersion.ShouldBe(7);
        answer.Data!.PaidAmount.ShouldBe(100_000);
        answer.Data.Status.ShouldBe(BillStatus.Paid);
        answer.Data.TransactionRefId.ShouldBe("own-1");
        answer.Data.Detail.ShouldBeNull();
    }

    [Fact]
    public void A_rejection_of_an_unknown_payment_repeats_what_was_asked_and_shows_nothing()
    {
        var answer = Rejected(Some.Request("P404", amount: 5) with { ReferenceId = null });

        answer.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        answer.ReferenceId.ShouldBe("payment_ref:P404");
        answer.PaymentRef.ShouldBe("P404");
        answer.Amount.ShouldBe(5);
        answer.Remaining.ShouldBeNull();
        answer.BillVersion.ShouldBeNull();
        answer.Data.ShouldBeNull();
    }

    [Fact]
    public void A_refused_body_is_answered_in_the_readers_words()
    {
        var answer = Rejected(Some.Read("[]"));

        answer.Rc.ShouldBe("BILLER_INVALID_TRANSACTION");
        answer.Reason.ShouldBe("MALFORMED_BODY");
        answer.Message.ShouldBe("body must be one JSON object");
        answer.ReferenceId.ShouldBeNull();
        answer.PaymentRef.ShouldBeNull();
        answer.ClientId.ShouldBe(Some.Client);
    }

    static PaymentReversed Applied(ReversalRequest request, BillPayment payment)
    {
        var decision = Some.Ledger(Some.Bill(type: BillType.Partial), payment).Answer(request);
        return EventFactory.For(decision.ShouldBeOfType<Applied>(), request, EventId, Some.Now);
    }

    static ReversalRejected Rejected(ReversalRequest request)
    {
        var decision = Some.Ledger(Some.Bill(), Some.Payment()).Answer(request);
        return EventFactory.For(decision.ShouldBeOfType<Rejected>(), request, EventId, Some.Now);
    }
}
