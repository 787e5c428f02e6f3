using System.Reflection;

namespace Reversals.Tests.Unit;

/// <summary>The reasons, their order and the published codes, to the letter: other people's programs branch
/// on them.</summary>
public sealed class ReasonTests
{
    static readonly (string Reason, string Rc)[] Documented =
    [
        ("REVERSED", "SUCCESS"),
        ("PARTIALLY_REVERSED", "SUCCESS"),
        ("BODY_TOO_LARGE", "BILLER_INVALID_TRANSACTION"),
        ("HEADERS_TOO_LARGE", "BILLER_INVALID_TRANSACTION"),
        ("HEADER_AMBIGUOUS", "BILLER_AUTHENTICATION"),
        ("SIGNATURE_MISSING", "BILLER_AUTHENTICATION"),
        ("SIGNATURE_INVALID", "BILLER_AUTHENTICATION"),
        ("CLIENT_UNKNOWN", "BILLER_AUTHENTICATION"),
        ("MALFORMED_BODY", "BILLER_INVALID_TRANSACTION"),
        ("INVALID_FIELD", "BILLER_INVALID_TRANSACTION"),
        ("NO_IDENTIFIER", "BILLER_INVALID_TRANSACTION"),
        ("AMOUNT_INVALID", "BILLER_INVALID_TRANSACTION_AMOUNT"),
        ("VA_MALFORMED", "BILLER_INVALID_VA_NUMBER"),
        ("IDEMPOTENCY_CONFLICT", "BILLER_INVALID_TRANSACTION"),
        ("PAYMENT_NOT_FOUND", "BILLER_PAYMENT_NOT_FOUND"),
        ("AMBIGUOUS_PAYMENT", "BILLER_INVALID_TRANSACTION"),
        ("VA_MISMATCH", "BILLER_INVALID_VA_NUMBER"),
        ("CHANNEL_MISMATCH", "BILLER_INVALID_TRANSACTION"),
        ("WINDOW_EXPIRED", "BILLER_INVALID_TRANSACTION"),
        ("ALREADY_REVERSED", "BILLER_PAYMENT_ALREADY_REVERSED"),
        ("EXCEEDS_REMAINING", "BILLER_INVALID_TRANSACTION_AMOUNT"),
        ("PARTIAL_NOT_ALLOWED", "BILLER_INVALID_TRANSACTION_AMOUNT"),
        ("LEDGER_INCONSISTENT", "BILLER_BILL_INVALID_AMOUNT"),
        ("INTERNAL_ERROR", "BILLER_GATEWAY_INVALID_RESPONSE"),
    ];

    [Fact]
    public void Reasons_stand_in_the_documented_order_with_the_published_codes() =>
        Reason.All.Select(reason => (reason.Code, reason.Rc)).ShouldBe(Documented);

    [Fact]
    public void Every_reason_is_in_the_list()
    {
        var fields = typeof(Reason).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.GetValue(obj: null)).OfType<Reason>();
        Reason.All.ShouldBe(fields, ignoreOrder: true);
    }

    [Fact]
    public void A_success_says_so_and_every_message_is_short()
    {
        Reason.Reversed.Message.ShouldBe("success");
        Reason.PartiallyReversed.Message.ShouldBe("success");
        Reason.All.ShouldAllBe(reason => reason.Message.Length >= 5 && reason.Message.Length <= 110);
    }

    [Fact]
    public void The_names_on_the_wire_are_the_documented_ones()
    {
        Wire.RequestExchange.ShouldBe("reversal-requested");
        Wire.PaymentReversedExchange.ShouldBe("payment-reversed");
        Wire.ReversalRejectedExchange.ShouldBe("reversal-rejected");
        Wire.SignatureHeader.ShouldBe("Signature");
        Wire.ClientIdHeader.ShouldBe("Client-Id");
        Wire.ReplayedHeader.ShouldBe("Replayed");
        Wire.ContentType.ShouldBe("application/json");
        Wire.MaxBodyBytes.ShouldBe(65_536);
        PaymentReversed.Kind.ShouldBe("payment.reversal");
        ReversalRejected.Kind.ShouldBe("payment.reversal.rejected");
    }
}
