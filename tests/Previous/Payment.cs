using System.Text.Json;
using System.Text.Json.Serialization;

namespace Previous.Contracts;

/// <summary>How a bill may be paid.</summary>
[JsonConverter(typeof(BillTypeConverter))]
public enum BillType
{
    /// <summary><c>open</c>: any number of payments of any amount; never settled.</summary>
    Open,

    /// <summary><c>close</c>: one payment of exactly the total.</summary>
    Close,

    /// <summary><c>partial</c>: several payments that add up to the total.</summary>
    Partial,

    /// <summary><c>unknown</c>, and every word that this version does not know.</summary>
    Unknown,
}

/// <summary>State of a bill.</summary>
[JsonConverter(typeof(BillStatusConverter))]
public enum BillStatus
{
    /// <summary><c>paid</c>: settled.</summary>
    Paid,

    /// <summary><c>active</c>: may be paid.</summary>
    Active,

    /// <summary><c>void</c>: withdrawn by the biller.</summary>
    Void,

    /// <summary>
    /// <c>reversal</c>: its payment was taken back and the client wishes to see that as a state of its own.
    /// </summary>
    Reversal,

    /// <summary><c>expired</c>: not settled before valid_until.</summary>
    Expired,

    /// <summary><c>unknown</c>, and every word that this version does not know.</summary>
    Unknown,
}

/// <summary>
/// The page's Payment Model: the bill, every field in the page's order and spelling. Amounts are IDR; times
/// are written <c>yyyy-MM-ddTHH:mm:ss+07:00</c>, the latest <c>9999-12-31T23:59:59+07:00</c>.
/// </summary>
public sealed record Payment
{
    /// <summary>The bill's public id.</summary>
    [JsonPropertyName("hash")]
    public required string Hash { get; init; }

    /// <summary>16 digits: prefix and virtual account.</summary>
    [JsonPropertyName("va_number")]
    public required string VaNumber { get; init; }

    /// <summary>The biller's invoice number.</summary>
    [JsonPropertyName("invoice_number")]
    public required string InvoiceNumber { get; init; }

    /// <summary>How the bill may be paid.</summary>
    [JsonPropertyName("type"), JsonConverter(typeof(BillTypeConverter))]
    public required BillType Type { get; init; }

    /// <summary>The reversed payment's own reference; empty when no payment was found.</summary>
    [JsonPropertyName("transaction_ref_id")]
    public required string TransactionRefId { get; init; }

    /// <summary>What the bill is for.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>Personal data. Name of the customer.</summary>
    [JsonPropertyName("customer_name")]
    public required string CustomerName { get; init; }

    /// <summary>Personal data. Null: not known.</summary>
    [JsonPropertyName("customer_email")]
    public string? CustomerEmail { get; init; }

    /// <summary>Personal data. Null: not known.</summary>
    [JsonPropertyName("customer_phone")]
    public string? CustomerPhone { get; init; }

    /// <summary>Personal data. Null: not known.</summary>
    [JsonPropertyName("customer_address")]
    public string? CustomerAddress { get; init; }

    /// <summary>What the bill asks for; a reversal never changes it.</summary>
    [JsonPropertyName("total_amount"), JsonConverter(typeof(AmountConverter))]
    public required decimal TotalAmount { get; init; }

    /// <summary>What was billed; a reversal never changes it.</summary>
    [JsonPropertyName("billed_amount"), JsonConverter(typeof(AmountConverter))]
    public required decimal BilledAmount { get; init; }

    /// <summary>What is paid now: payments less reversals.</summary>
    [JsonPropertyName("paid_amount"), JsonConverter(typeof(AmountConverter))]
    public required decimal PaidAmount { get; init; }

    /// <summary>State of the bill now.</summary>
    [JsonPropertyName("status"), JsonConverter(typeof(BillStatusConverter))]
    public required BillStatus Status { get; init; }

    /// <summary>The description shown to others; null: none.</summary>
    [JsonPropertyName("ext_description")]
    public string? ExtDescription { get; init; }

    /// <summary>The biller's description; null: none.</summary>
    [JsonPropertyName("description")]
    public string? Description { get; init; }

    /// <summary>Until when the bill may be paid; the end of the year 9999: it does not expire.</summary>
    [JsonPropertyName("valid_until"), JsonConverter(typeof(TimeConverter))]
    public required DateTimeOffset ValidUntil { get; init; }

    /// <summary>When the bill was made.</summary>
    [JsonPropertyName("created_at"), JsonConverter(typeof(TimeConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The bill's lines; empty: none.</summary>
    [JsonPropertyName("components")]
    public required IReadOnlyList<Component> Components { get; init; }

    /// <summary>What the channel may show besides, as the biller stored it; null: nothing.</summary>
    [JsonPropertyName("additional_data")]
    public JsonElement? AdditionalData { get; init; }

    /// <summary>The reversal itself; null in a rejection.</summary>
    [JsonPropertyName("payment")]
    public PaymentDetail? Detail { get; init; }
}

/// <summary>The reversal inside a Payment Model.</summary>
public sealed record PaymentDetail
{
    /// <summary>The biller's id of the payment.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>The channel's reference of the payment; null: it has none.</summary>
    [JsonPropertyName("payment_ref_id")]
    public string? PaymentRefId { get; init; }

    /// <summary>The channel the payment came through; null: not known.</summary>
    [JsonPropertyName("channel")]
    public string? Channel { get; init; }

    /// <summary>The amount that was taken back.</summary>
    [JsonPropertyName("amount"), JsonConverter(typeof(AmountConverter))]
    public required decimal Amount { get; init; }

    /// <summary>Always <c>reversal</c>.</summary>
    [JsonPropertyName("type")]
    public string Type { get; init => field = value ?? "reversal"; } = "reversal";

    /// <summary>When it was taken back.</summary>
    [JsonPropertyName("created_at"), JsonConverter(typeof(TimeConverter))]
    public required DateTimeOffset CreatedAt { get; init; }
}
