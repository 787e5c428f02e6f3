using Reversals.Contracts;

namespace Reversals;

/// <summary>A bill as it stands under its row lock.</summary>
public sealed record Bill
{
    /// <summary>The biller's key; bills are locked in its order.</summary>
    public required long Id { get; init; }

    /// <summary>The client whose bill it is.</summary>
    public required string ClientId { get; init; }

    /// <summary>Increases with each change.</summary>
    public required long Version { get; init; }

    /// <summary>The bill as events show it, with no payment in it yet.</summary>
    public required Payment Model { get; init; }

    /// <inheritdoc cref="Payment.Type"/>
    public BillType Type => Model.Type;

    /// <inheritdoc cref="Payment.Status"/>
    public BillStatus Status => Model.Status;

    /// <inheritdoc cref="Payment.TotalAmount"/>
    public decimal TotalAmount => Model.TotalAmount;

    /// <inheritdoc cref="Payment.PaidAmount"/>
    public decimal PaidAmount => Model.PaidAmount;

    /// <inheritdoc cref="Payment.ValidUntil"/>
    public DateTimeOffset ValidUntil => Model.ValidUntil;
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
