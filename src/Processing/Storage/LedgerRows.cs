using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Processing.Storage;

/// <summary>A row of <c>billing.bill</c>, as the driver gives it.</summary>
sealed record BillRow
{
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = WireJson.MaxDepth };

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
    public string? Components { get; init; }
    public string? AdditionalData { get; init; }
    public required long Version { get; init; }

    internal Bill ToBill() => new()
    {
        Id = Id,
        ClientId = ClientId,
        Type = BillTypeConverter.Of(Type),
        Status = BillStatusConverter.Of(Status),
        TotalAmount = TotalAmount,
        BilledAmount = BilledAmount,
        PaidAmount = PaidAmount,
        ValidUntil = new DateTimeOffset(ValidUntil, TimeSpan.Zero),
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
            CreatedAt = new DateTimeOffset(CreatedAt, TimeSpan.Zero),
            Components = Lines(Components),
            AdditionalData = AdditionalData is null ? null : JsonElement.Parse(AdditionalData, Deep),
        },
    };

    /// <summary>What is no list of lines is a line of its own.</summary>
    static IReadOnlyList<Component> Lines(string? components) => components switch
    {
        null => [],
        ['[', ..] => JsonSerializer.Deserialize(components, WireJson.Instance.IReadOnlyListComponent)!,
        _ => [JsonSerializer.Deserialize(components, WireJson.Instance.Component)!],
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
        PaidAt = new DateTimeOffset(PaidAt, TimeSpan.Zero),
    };
}

/// <summary>A row of <c>reversals.reversal</c>, as far as duplicates need it.</summary>
sealed record ReversalRow
{
    public required string ClientId { get; init; }
    public required string ReferenceId { get; init; }

    /// <summary>
    /// Above 0: the key was derived and holds for this payment. 0: the sender gave it, or a worker of before
    /// derived it. <see cref="LooksDerived"/>: the sender gave one that looks derived.
    /// </summary>
    public required long KeyPaymentId { get; init; }

    public required byte[] RequestHash { get; init; }
    public required Guid EventId { get; init; }
    public required long PaymentId { get; init; }
    public required long BillId { get; init; }
    public required DateTime ReversedAt { get; init; }

    const long LooksDerived = -1;

    internal KeyOrigin KeyOrigin =>
        KeyPaymentId > 0 ? KeyOrigin.Derived
        : KeyPaymentId == 0 && IsLikeDerived(ReferenceId) ? KeyOrigin.Unknown
        : KeyOrigin.Given;

    internal StoredReversal ToReversal() => new()
    {
        RequestHash = RequestHash,
        EventId = EventId,
        PaymentId = PaymentId,
        BillId = BillId,
        ReversedAt = new DateTimeOffset(ReversedAt),
    };

    internal static long KeyPaymentIdOf(ReversalRequest request, BillPayment payment) =>
        request.KeyOrigin == KeyOrigin.Derived ? payment.Id
        : IsLikeDerived(request.Key!) ? LooksDerived
        : 0;

    static bool IsLikeDerived(string key) =>
        key.StartsWith(ReversalRequest.DerivedKeyPrefix, StringComparison.Ordinal);
}
