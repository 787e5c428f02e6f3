namespace Reversals.Tests.Unit;

/// <summary>Things that are right in every way; a test changes what it is about and nothing else.</summary>
static class Some
{
    internal const string Client = "acme";
    internal const string OtherClient = "globex";
    internal const string Prefix = "857399";
    internal const string VaEnd = "1234567890";
    internal const string VaNumber = Prefix + VaEnd;
    internal const string OtherVaNumber = Prefix + "0000000001";
    internal const string Channel = "bca";

    internal static readonly DateTimeOffset Now = new(2026, 3, 1, 3, 0, 0, TimeSpan.Zero);
    internal static readonly ClientPolicy Policy = new();

    /// <summary>A settled bill of 100 000 that one payment pays.</summary>
    internal static Bill Bill(long id = 1, BillType type = BillType.Close, decimal paid = 100_000) => new()
    {
        Id = id,
        ClientId = Client,
        Version = 7,
        Model = new Payment
        {
            Type = type,
            Status = type == BillType.Open || paid < 100_000 ? BillStatus.Active : BillStatus.Paid,
            TotalAmount = 100_000,
            BilledAmount = 100_000,
            PaidAmount = paid,
            ValidUntil = Now.AddDays(30),
            TransactionRefId = "",
            Components = [],
            Hash = $"hash-{id}",
            VaNumber = VaNumber,
            InvoiceNumber = $"INV-{id}",
            Name = "SPP Januari 2022",
            CustomerName = "Siti",
            CreatedAt = Now.AddDays(-10),
        },
    };

    /// <summary>The bill with something else in it.</summary>
    internal static Bill With(this Bill bill, Func<Payment, Payment> change) =>
        bill with { Model = change(bill.Model) };

    /// <summary>A payment known as P1, P2, … to the channel and as own-1, own-2, … to itself.</summary>
    internal static BillPayment Payment(long id = 1, decimal amount = 100_000, long bill = 1) => new()
    {
        Id = id,
        BillId = bill,
        ClientId = Client,
        PaymentRef = $"P{id}",
        ReferenceId = $"own-{id}",
        VaNumber = VaNumber,
        Channel = Channel,
        Amount = amount,
        ReversedAmount = 0,
        PaidAt = Now.AddDays(-1),
    };

    /// <summary>A request for all that is left of P1.</summary>
    internal static ReversalRequest Request(string? paymentRef = "P1", decimal? amount = null) => new()
    {
        ClientId = Client,
        SentAt = Now,
        ReceivedAt = Now,
        PaymentRef = paymentRef,
        ReferenceId = "request-1",
        Amount = amount,
    };

    /// <summary>A remembered request that waits for another hour.</summary>
    internal static readonly PendingEntry Waiting = new() { Id = 17, ReceivedAt = Now, Until = Now.AddHours(1) };

    internal static OutboxRow Row(long id, Guid? eventId = null, long? bill = null, int size = 0) => new()
    {
        Id = id,
        EventId = eventId ?? Guid.CreateVersion7(Now),
        BillId = bill,
        Replayed = false,
        ClientId = Client,
        Body = new byte[size],
        Since = Now.UtcDateTime,
    };

    internal static PostgresException Error(string state) => new("message", "ERROR", "ERROR", state);

    internal static Ledger Ledger(Bill bill, params IEnumerable<BillPayment> payments) =>
        Ledger([bill], payments);

    internal static Ledger Ledger(IEnumerable<Bill> bills, IEnumerable<BillPayment> payments)
    {
        var ledger = new Ledger();
        foreach (var bill in bills)
        {
            ledger.Add(bill);
        }

        foreach (var payment in payments)
        {
            ledger.Add(payment);
        }

        return ledger;
    }

    /// <summary>An object with these members; single quotes stand for double ones, so that rows stay
    /// readable.</summary>
    internal static string Json(string members) => "{" + members.Replace('\'', '"') + "}";

    internal static ReversalRequested Message(string body) => new() { Body = Encoding.UTF8.GetBytes(body) };

    /// <summary>What the reader makes of a body, without the message that brought it.</summary>
    internal static ReversalRequest Read(string body) =>
        RequestReader.Read(Message(body), Client, Now) with { Delivery = null };
}
