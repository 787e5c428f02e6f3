using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Tests.Unit.Contract;

/// <summary>The biller API specification's example, and what is answered to it.</summary>
static class ContractExamples
{
    internal const string SigningKey = "the-key-of-the-events";

    const string ApiKey = "test-api-key";

    static readonly DateTimeOffset At = new(2026, 11, 24, 1, 24, 25, TimeSpan.FromHours(7));

    static readonly Payment Bill = new()
    {
        Hash = "x24da1dF",
        VaNumber = "8573991234567890",
        InvoiceNumber = "INV/2022/01",
        Type = BillType.Open,
        TransactionRefId = "TRX-1",
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
        ValidUntil = new(2027, 4, 5, 13, 32, 8, TimeSpan.FromHours(7)),
        CreatedAt = new(2026, 4, 4, 6, 32, 8, TimeSpan.FromHours(7)),
        Components =
            [new() { Id = "95f5c77f", Name = "SPP Januari", Qty = 1, Price = "100000", Total = "100000" }],
        AdditionalData = JsonElement.Parse("""[{"key":"kelas","label":"Kelas / Angkatan","value":"8A"}]"""),
    };

    static readonly PaymentReversed Reversed = new()
    {
        Rc = Rc.Success,
        Message = Reason.Reversed.Message,
        Timestamp = At,
        Data = Bill with
        {
            Detail = new()
            {
                Id = "77", PaymentRefId = "1234567890", Channel = "bank_bsi", Amount = 10_000, CreatedAt = At,
            },
        },
        EventId = new("01a209a6-f224-733d-addc-b8f24dae001b"),
        ClientId = "demo",
        ReferenceId = "abcRef13456789",
        PaymentRef = "1234567890",
        Amount = 10_000,
        Remaining = 0,
        Reason = Reason.Reversed.Code,
        BillVersion = 2,
    };

    static readonly ReversalRejected Rejected = new()
    {
        Rc = Reason.AlreadyReversed.Rc,
        Message = Reason.AlreadyReversed.Message,
        Timestamp = At.AddMinutes(5),
        Data = Bill,
        EventId = new("01a209a6-f224-733d-addc-b8f24dae001c"),
        ClientId = "demo",
        ReferenceId = "abcRef00000000",
        PaymentRef = "1234567890",
        Amount = 10_000,
        Remaining = 0,
        Reason = Reason.AlreadyReversed.Code,
        BillVersion = 2,
    };

    /// <summary>The exact bytes of each message, under the name of its exchange.</summary>
    internal static readonly IReadOnlyDictionary<string, byte[]> Bodies =
        new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [Wire.RequestExchange] = Request().Body.ToArray(),
            [Wire.PaymentReversedExchange] =
                JsonSerializer.SerializeToUtf8Bytes(Reversed, WireJson.Instance.PaymentReversed),
            [Wire.ReversalRejectedExchange] =
                JsonSerializer.SerializeToUtf8Bytes(Rejected, WireJson.Instance.ReversalRejected),
        };

    internal static JsonObject HeadersOf(string exchange)
    {
        var key = exchange.Equals(Wire.RequestExchange, StringComparison.Ordinal) ? ApiKey : SigningKey;
        return new JsonObject
        {
            [Wire.ClientIdHeader] = "demo",
            [Wire.SignatureHeader] = Signature.Compute(Bodies[exchange], key),
        };
    }

    static SignedReversalRequest Request() => new ReversalRequestBody
    {
        PaymentRef = "1234567890",
        Amount = 10_000,
        ReferenceId = "abcRef13456789",
        VirtualAccount = "1234567890",
        Channel = "bank_name",
        Prefix = "857399",
    }.Sign("demo", ApiKey);
}
