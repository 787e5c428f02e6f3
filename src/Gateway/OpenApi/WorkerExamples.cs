using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>What a worker decides.</summary>
static class WorkerExamples
{
    static readonly DateTimeOffset ReversedAt = new(2022, 4, 5, 6, 11, 58, TimeSpan.FromHours(7));

    static readonly Payment Bill = new()
    {
        Hash = "x24da1dF",
        VaNumber = "8573991234567890",
        InvoiceNumber = "INV-2022-01",
        Type = BillType.Open,
        TransactionRefId = "1234567890",
        Name = "SPP Bulan Januari",
        CustomerName = "John Doe",
        CustomerEmail = "john.doe@example.com",
        CustomerPhone = "+621234567890",
        CustomerAddress = "Surabaya, Indonesia",
        TotalAmount = 100_000,
        BilledAmount = 100_000,
        PaidAmount = 0,
        Status = BillStatus.Active,
        ExtDescription = "-",
        Description = "Pembayaran SPP Bulan Januari",
        ValidUntil = new(2099, 4, 5, 13, 32, 8, TimeSpan.FromHours(7)),
        CreatedAt = new(2022, 4, 4, 6, 32, 8, TimeSpan.FromHours(7)),
        Components =
        [
            new Component
            {
                Id = "95f5c77f-79de-4c12-a151-ef7c68e9b7d2",
                Name = "SPP Januari",
                Qty = 1,
                Price = "100000",
                Total = "100000",
            },
        ],
        AdditionalData = JsonElement.Parse(
            """[{"key":"kelas","label":"Kelas / Angkatan","value":"8A"}]"""),
    };

    /// <summary>The bill after the base request.</summary>
    internal static readonly Payment Reversed = Bill with
    {
        Detail = new PaymentDetail
        {
            Id = "1", PaymentRefId = "1234567890", Channel = "bank_name", Amount = 10_000,
            CreatedAt = ReversedAt,
        },
    };

    internal static readonly Example[] All =
    [
        Of("success", "The payment is taken back", Reason.Reversed, Example.Base) with { Data = Reversed },
        Of("already-reversed", "Asked for again under another reference_id", Reason.AlreadyReversed,
            Changed("abcRef13456789", "abcRef00000000")) with { Data = Bill },
        Of("conflict", "The reference_id of an earlier request with another amount",
            Reason.IdempotencyConflict, Changed("10000", "5000")) with { Data = Bill },
        Of("not-found", "No such payment of this client", Reason.PaymentNotFound,
            """{"payment_ref":"0000000000","reference_id":"abcRef99999999"}"""),
        Of("amount-invalid", "An amount that is no plain number", Reason.AmountInvalid,
            Changed("10000", "\"1.000,00\"")),
        Of("va-invalid", "A virtual account of 9 digits", Reason.VaMalformed,
            Changed("\"1234567890\",\"channel", "\"123456789\",\"channel")),
        Of("unreadable", "Signed, and not JSON", Reason.MalformedBody, "{") with
        {
            Message = "body is not strict JSON with unique names at line 1, byte 2",
        },
        Of("failed", "The request fails at the biller", Reason.InternalError, Example.Base) with
        {
            Given = Givens.BillUnchangeable,
        },
    ];

    internal static Example Of(string name, string summary, Reason reason, string body) => new()
    {
        Name = name,
        Summary = summary,
        Status = StatusCodes.Status200OK,
        Rc = reason.Rc,
        Message = reason.Message,
        Body = body,
    };

    internal static string Changed(string old, string now) =>
        Example.Base.Replace(old, now, StringComparison.Ordinal);
}
