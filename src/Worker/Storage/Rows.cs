using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Worker.Storage;

/// <summary>A row of <c>billing.bill</c>, as the driver gives it.</summary>
sealed record BillRow
{
    public required long Id { get; init; }
    public required string ClientId { get; init; }
    public required string Hash { get; init; }
    public required string VaNumber { get; init; }
    public required string InvoiceNumber { get; init; }
    public required string Type { get; init; }
    public required string Name { get; init; }
    public required string CustomerName { get; init; }
    public string? CustomerEmail { get; init; }
    public string? CustomerPhone { get; init; }
    public string? CustomerAddress { get; init; }
    public required decimal TotalAmount { get; init; }
    public required decimal BilledAmount { get; init; }
    public required decimal PaidAmount { get; init; }
    public required string Status { get; init; }
    public string? Description { get; init; }
    public string? ExtDescription { get; init; }
    public required DateTime ValidUntil { get; init; }
    public required DateTime CreatedAt { get; init; }
    public required string Components { get; init; }
    public string? AdditionalData { get; init; }
    public required long Version { get; init; }

    internal Bill ToBill() => new()
    {
        Id = Id,
        ClientId = ClientId,
        Type = Words.BillTypeOf(Type),
        Status = Words.BillStatusOf(Status),
        TotalAmount = TotalAmount,
        BilledAmount = BilledAmount,
        PaidAmount = PaidAmount,
        ValidUntil = new DateTimeOffset(ValidUntil),
        Version = Version,
        Text = new BillText
        {
            Hash = Hash,
            VaNumber = VaNumber,
            InvoiceNumber = InvoiceNumber,
            Name = Name,
            CustomerName = CustomerName,
            CustomerEmail = CustomerEmail,
            CustomerPhone = CustomerPhone,
            CustomerAddress = CustomerAddress,
            Description = Description,
            ExtDescription = ExtDescription,
            CreatedAt = new DateTimeOffset(CreatedAt),
            Components =
                JsonSerializer.Deserialize(Components, WireJson.Instance.IReadOnlyListComponent) ?? [],
            AdditionalData = AdditionalData is null ? null : JsonElement.Parse(AdditionalData),
        },
    };
}

/// <summary>A row of <c>billing.payment</c>.</summary>
sealed record PaymentRow
{
    public required long Id { get; init; }
    public required long BillId { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public required string VaNumber { get; init; }
    public string? Channel { get; init; }
    public required decimal Amount { get; init; }
    public required decimal ReversedAmount { get; init; }
    public required DateTime PaidAt { get; init; }

    internal BillPayment ToPayment() => new()
    {
        Id = Id,
        BillId = BillId,
        ClientId = ClientId,
        PaymentRef = PaymentRef,
        ReferenceId = ReferenceId,
        VaNumber = VaNumber,
        Channel = Channel,
        Amount = Amount,
        ReversedAmount = ReversedAmount,
        PaidAt = new DateTimeOffset(PaidAt),
    };
}

/// <summary>A row of <c>reversals.reversal</c>, as far as duplicates need it.</summary>
sealed record ReversalRow
{
    public required string ClientId { get; init; }
    public required string ReferenceId { get; init; }
    public required byte[] RequestHash { get; init; }
    public required Guid EventId { get; init; }
    public required long BillId { get; init; }
}

/// <summary>The words of the page in the columns, and their names in code.</summary>
static class Words
{
    internal static BillType BillTypeOf(string word) => word switch
    {
        "open" => BillType.Open,
        "close" => BillType.Close,
        "partial" => BillType.Partial,
        _ => throw new InvalidOperationException("bill.type is none of open, close, partial"),
    };

    internal static BillStatus BillStatusOf(string word) => word switch
    {
        "paid" => BillStatus.Paid,
        "active" => BillStatus.Active,
        "void" => BillStatus.Void,
        "reversal" => BillStatus.Reversal,
        "expired" => BillStatus.Expired,
        _ => throw new InvalidOperationException(
            "bill.status is none of paid, active, void, reversal, expired"),
    };

    internal static string Of(BillStatus status) => status switch
    {
        BillStatus.Paid => "paid",
        BillStatus.Active => "active",
        BillStatus.Void => "void",
        BillStatus.Reversal => "reversal",
        BillStatus.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, message: null),
    };
}
