using System.Text.Json;
using Reversals.Contracts;

namespace Reversals;

/// <summary>A bill as it stands under its row lock.</summary>
public sealed record Bill
{
    /// <summary>The biller's key; bills are locked in its order.</summary>
    public required long Id { get; init; }

    /// <summary>The client whose bill it is.</summary>
    public required string ClientId { get; init; }

    /// <summary>How it may be paid.</summary>
    public required BillType Type { get; init; }

    /// <summary>State before the next decision.</summary>
    public required BillStatus Status { get; init; }

    /// <summary>What it asks for.</summary>
    public required decimal TotalAmount { get; init; }

    /// <summary>What was billed.</summary>
    public required decimal BilledAmount { get; init; }

    /// <summary>Payments less reversals.</summary>
    public required decimal PaidAmount { get; init; }

    /// <summary>Until when it may be paid.</summary>
    public required DateTimeOffset ValidUntil { get; init; }

    /// <summary>Increases with each change.</summary>
    public required long Version { get; init; }

    /// <summary>The rest of the Payment Model, which no reversal changes.</summary>
    public required BillText Text { get; init; }
}

/// <summary>What a bill says and a reversal never looks at.</summary>
public sealed record BillText
{
    /// <inheritdoc cref="Payment.Hash"/>
    public required string Hash { get; init; }

    /// <inheritdoc cref="Payment.VaNumber"/>
    public required string VaNumber { get; init; }

    /// <inheritdoc cref="Payment.InvoiceNumber"/>
    public required string InvoiceNumber { get; init; }

    /// <inheritdoc cref="Payment.Name"/>
    public required string Name { get; init; }

    /// <inheritdoc cref="Payment.CustomerName"/>
    public required string CustomerName { get; init; }

    /// <inheritdoc cref="Payment.CustomerEmail"/>
    public string? CustomerEmail { get; init; }

    /// <inheritdoc cref="Payment.CustomerPhone"/>
    public string? CustomerPhone { get; init; }

    /// <inheritdoc cref="Payment.CustomerAddress"/>
    public string? CustomerAddress { get; init; }

    /// <inheritdoc cref="Payment.Description"/>
    public string? Description { get; init; }

    /// <inheritdoc cref="Payment.ExtDescription"/>
    public string? ExtDescription { get; init; }

    /// <inheritdoc cref="Payment.CreatedAt"/>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <inheritdoc cref="Payment.Components"/>
    public IReadOnlyList<Component> Components { get; init; } = [];

    /// <inheritdoc cref="Payment.AdditionalData"/>
    public JsonElement? AdditionalData { get; init; }
}

/// <summary>One payment of a bill.</summary>
public sealed record BillPayment
{
    /// <summary>The biller's key.</summary>
    public required long Id { get; init; }

    /// <summary>The bill it pays.</summary>
    public required long BillId { get; init; }

    /// <summary>The client whose payment it is.</summary>
    public required string ClientId { get; init; }

    /// <summary>The channel's reference; null: none.</summary>
    public string? PaymentRef { get; init; }

    /// <summary>The payment's own reference; null: none.</summary>
    public string? ReferenceId { get; init; }

    /// <summary>16 digits: the virtual account it was paid on.</summary>
    public required string VaNumber { get; init; }

    /// <summary>The channel it came through; null: not known.</summary>
    public string? Channel { get; init; }

    /// <summary>What was paid; above 0.</summary>
    public required decimal Amount { get; init; }

    /// <summary>Sum of its reversals: 0 to <see cref="Amount"/>.</summary>
    public required decimal ReversedAmount { get; init; }

    /// <summary>When it was paid.</summary>
    public required DateTimeOffset PaidAt { get; init; }

    /// <summary>What is left to reverse.</summary>
    public decimal Remaining => Amount - ReversedAmount;
}

/// <summary>What is kept of an applied reversal: enough to know its duplicate and its conflict.</summary>
public sealed record StoredReversal
{
    /// <summary>Hash of the request's content, see <see cref="ReversalRequest.ContentHash"/>.</summary>
    public required ReadOnlyMemory<byte> RequestHash { get; init; }

    /// <summary>The event that answered it, and answers its duplicates.</summary>
    public required Guid EventId { get; init; }

    /// <summary>The payment it took from.</summary>
    public required long PaymentId { get; init; }

    /// <summary>The bill it changed.</summary>
    public required long BillId { get; init; }

    /// <summary>When it was applied.</summary>
    public required DateTimeOffset ReversedAt { get; init; }
}

/// <summary>Where the key of an applied reversal came from.</summary>
public enum KeyOrigin
{
    /// <summary>The sender gave it: it is the sender's for ever.</summary>
    Given,

    /// <summary>Derived from a payment_ref: it holds for the payment it located.</summary>
    Derived,

    /// <summary>It looks derived, and a worker that did not say so wrote it.</summary>
    Unknown,
}
