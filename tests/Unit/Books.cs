using CsCheck;

namespace Reversals.Tests.Unit;

/// <summary>Random books and requests that collide a lot: few clients, references, accounts and amounts, so
/// that duplicates, conflicts, several hits and remainders that just fit all come up.</summary>
sealed record Books(IReadOnlyList<Bill> Bills, IReadOnlyList<BillPayment> Payments)
{
    static readonly Gen<string> Client = Gen.OneOf(Some.Client, Some.Client, Some.Client, Some.OtherClient);
    static readonly Gen<string> VaNumber = Gen.OneOf(Some.VaNumber, Some.OtherVaNumber, "1111111234567890");
    static readonly Gen<string?> Channel = Gen.OneOf<string?>("bca", "bni", null);
    static readonly Gen<string?> PaymentRef = Gen.OneOf<string?>("P1", "P2", "P3", "P4", null);

    /// <summary>Payments' own references and requests' references come from one pool: that is level
    /// 2.</summary>
    static readonly Gen<string?> Reference =
        Gen.OneOf<string?>("ref-1", "ref-2", "ref-3", "ref-4", "ref-5", null);

    static readonly Gen<decimal> Amount = Gen.OneOf(
        Gen.OneOf(10_000m, 20_000m, 60_000m, 100_000m, 0.01m, 33_333.33m),
        Gen.Int[1, 15_000_000].Select(cents => cents / 100m));

    /// <summary>From the first moment there is to the last, most around the time of the requests.</summary>
    static readonly Gen<DateTimeOffset> PaidAt = Gen.OneOf(
        Gen.OneOf(
            Some.Now.AddDays(-1), Some.Now.AddDays(-1), Some.Now.AddDays(-40), Some.Now.AddSeconds(-3),
            Some.Now, Some.Now.AddSeconds(5), Some.Now.AddSeconds(6), Some.Now.AddHours(1)),
        Gen.OneOf(DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue));

    /// <summary>What a timestamp may say and was not to come yet when it was received.</summary>
    static readonly Gen<DateTimeOffset> SentAt = Gen.OneOf(
        Some.Now, Some.Now, Some.Now.AddSeconds(-6), Some.Now.AddDays(-2), DateTimeOffset.UnixEpoch);

    static readonly Gen<BillPayment> Payment = Gen.Select(
        PaymentRef, Reference, VaNumber, Channel, Amount, Gen.OneOf(0, 0, 0, 50, 100).Select(PaidAt),
        (paymentRef, reference, vaNumber, channel, amount, more) => Some.Payment() with
        {
            PaidAt = more.Item2,
            PaymentRef = paymentRef,
            ReferenceId = reference,
            VaNumber = vaNumber,
            Channel = channel,
            Amount = amount,
            ReversedAmount = decimal.Round(amount * more.Item1 / 100, 2, MidpointRounding.ToZero),
        });

    /// <summary>A payment that hangs on no bill yet.</summary>
    internal static Gen<BillPayment> OnePayment => Payment;

    static readonly Gen<(Bill Bill, BillPayment[] Payments)> OneBill = Gen.Select(
        Client, Gen.Enum<BillType>().Where(type => type != BillType.Unknown),
        Gen.Enum<BillStatus>().Where(status => status != BillStatus.Unknown),
        Gen.Int[-1, 1], Payment.Array[0, 4],
        (client, type, status, daysValid, payments) => (
            Some.Bill(type: type, paid: payments.Sum(payment => payment.Remaining))
                .With(model => model with { Status = status, ValidUntil = Some.Now.AddDays(daysValid) }) with
            {
                ClientId = client,
            },
            payments));

    /// <summary>Books that add up: what a bill has paid is what its payments have left.</summary>
    internal static Gen<Books> Any => OneBill.Array[1, 4].Select(Number);

    /// <summary>Books somebody broke: a bill has less paid than its payments have left.</summary>
    internal static Gen<Books> Broken => Gen.Select(Any, Gen.Int[0, 99], (books, percent) => books with
    {
        Bills = [.. books.Bills.Select(bill => bill.With(model => model with
        {
            PaidAmount = decimal.Round(bill.PaidAmount * percent / 100, 2, MidpointRounding.ToZero),
        }))],
    });

    internal static Gen<ReversalRequest> Request { get; } = Gen.Select(
        Client, PaymentRef, Reference, Amount, Gen.Bool, VaNumber.Select(Gen.Int[0, 3]), Channel,
        Gen.Int[0, 9].Select(SentAt),
        (client, paymentRef, reference, amount, withAmount, va, channel, more) => Some.Request() with
        {
            SentAt = more.Item2,
            ClientId = client,
            PaymentRef = paymentRef,
            ReferenceId = reference ?? (paymentRef is null ? "ref-6" : null),
            Amount = withAmount ? amount : null,
            VaNumber = va.Item2 switch { 0 => va.Item1, 1 => va.Item1[6..], _ => null },
            Prefix = va.Item2 == 2 && more.Item1 == 0 ? va.Item1[..6] : null,
            Channel = more.Item1 < 5 ? channel : null,
            Rejection = more.Item1 == 9 ? Rejection.For(Reason.AmountInvalid) : null,
        });

    /// <summary>Many different requests, some of which come again.</summary>
    internal static Gen<ReversalRequest[]> Requests { get; } = Gen.Select(
        Request.Array[1, 12], Gen.Int[0, 11].Array[0, 6],
        (requests, again) =>
            (ReversalRequest[])[.. requests, .. again.Select(place => requests[place % requests.Length])]);

    internal static Gen<ClientPolicy> Policy { get; } = Gen.Select(
        Gen.Bool, Gen.OneOf<int?>(null, 23, 25),
        (reversal, hours) => new ClientPolicy
        {
            StatusAfterReversal = reversal ? BillStatus.Reversal : BillStatus.Active,
            ReversalWindow = hours is { } length ? TimeSpan.FromHours(length) : null,
        });

    internal Ledger Open() => Some.Ledger(Bills, Payments);

    /// <summary>All bills and payments as they stand in the books.</summary>
    internal Books Read(Ledger ledger) => new(
        [.. Bills.Select(bill => ledger.Bill(bill.Id))], [.. Payments.Select(ledger.Payment)]);

    internal bool Same(Books other) =>
        Bills.SequenceEqual(other.Bills) && Payments.SequenceEqual(other.Payments);

    /// <summary>Folds the requests over the books.</summary>
    internal (Books After, List<ReversalDecision> Decisions) Run(
        IEnumerable<ReversalRequest> requests, ClientPolicy policy)
    {
        var ledger = Open();
        List<ReversalDecision> decisions = [.. requests.Select(request => ledger.Answer(request, policy))];
        return (Read(ledger), decisions);
    }

    static Books Number((Bill Bill, BillPayment[] Payments)[] bills)
    {
        var paymentId = 0;
        return new Books(
            [.. bills.Select((entry, place) => entry.Bill with { Id = place + 1 })],
            [.. bills.SelectMany((entry, place) => entry.Payments.Select(payment => payment with
            {
                Id = ++paymentId,
                BillId = place + 1,
                ClientId = entry.Bill.ClientId,
            }))]);
    }
}
