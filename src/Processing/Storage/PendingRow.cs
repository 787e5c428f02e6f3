namespace Reversals.Processing.Storage;

/// <summary>A row of <c>reversals.pending</c>.</summary>
sealed record PendingRow
{
    public required long Id { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public decimal? Amount { get; init; }
    public string? VaNumber { get; init; }
    public string? Prefix { get; init; }
    public string? Channel { get; init; }
    public string? TraceParent { get; init; }
    public string? CorrelationId { get; init; }
    public required DateTime SentAt { get; init; }
    public required DateTime ReceivedAt { get; init; }
    public required DateTime PendingUntil { get; init; }

    internal ReversalRequest ToRequest(DateTimeOffset now) => new()
    {
        ClientId = ClientId,
        SentAt = new DateTimeOffset(SentAt),
        ReceivedAt = now,
        PaymentRef = PaymentRef,
        ReferenceId = ReferenceId,
        Amount = Amount,
        VaNumber = VaNumber,
        Prefix = Prefix,
        Channel = Channel,
        TraceParent = TraceParent,
        CorrelationId = CorrelationId,
        Pending = new PendingEntry
        {
            Id = Id,
            ReceivedAt = new DateTimeOffset(ReceivedAt),
            Until = new DateTimeOffset(PendingUntil),
        },
    };
}

/// <summary>A request that is to be decided again.</summary>
/// <param name="Id">Its row.</param>
/// <param name="IsOver">Its time is up; else a payment that it may mean is there.</param>
readonly record struct DueRequest(long Id, bool IsOver);
