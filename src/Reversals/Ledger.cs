
namespace Reversals;

/// <summary>
/// The bills, payments and applied reversals that one batch may touch, in memory. Decisions are folded over
/// it: what one request takes, the next one no longer finds.
/// </summary>
public sealed class Ledger
{
    readonly Dictionary<long, Bill> _bills = [];
    readonly Dictionary<long, BillPayment> _payments = [];
    readonly Dictionary<(string ClientId, string Key), StoredReversal> _given = [];
    readonly Dictionary<(string ClientId, string Key), List<StoredReversal>> _derived = [];
    readonly HashSet<(ReversalRequest Request, bool OnVa)> _tooManyHits = [];
    readonly Dictionary<(string ClientId, string PaymentRef), List<long>> _byPaymentRef = [];
    readonly Dictionary<(string ClientId, string ReferenceId), List<long>> _byReferenceId = [];
    readonly Dictionary<(string ClientId, string VaEnd), List<long>> _byVaEnd = [];
    readonly HashSet<long> _pending = [];
    readonly HashSet<(string ClientId, string Key, string Hash)> _waiting = [];
    readonly Dictionary<(string ClientId, string MessageHash), Guid> _told = [];
    readonly HashSet<long> _changedBills = [];
    readonly HashSet<long> _changedPayments = [];

    /// <summary>Of one name no more payments are told apart: it names none of them.</summary>
    public const int MostHits = 100;

    /// <summary>Number of digits by which a VA number without its prefix is known.</summary>
    public const int VaEndLength = 10;

    /// <summary>The bills that decisions changed, as they are now.</summary>
    public IEnumerable<Bill> ChangedBills => _changedBills.Select(id => _bills[id]);

    /// <summary>The payments that decisions changed, as they are now.</summary>
    public IEnumerable<BillPayment> ChangedPayments => _changedPayments.Select(id => _payments[id]);

    /// <summary>Adds a locked bill.</summary>
    public void Add(Bill bill)
    {
        ArgumentNullException.ThrowIfNull(bill);
        _bills[bill.Id] = bill;
    }

    /// <summary>
    /// Adds a payment of a bill that was added before; adding it again changes nothing. A payment that hangs
    /// on another client's bill is left out: nobody may reach a bill of somebody else's.
    /// </summary>
    public void Add(BillPayment payment)
    {
        ArgumentNullException.ThrowIfNull(payment);
        var owner = Bill(payment.BillId).ClientId;
        if (!string.Equals(owner, payment.ClientId, StringComparison.Ordinal)
            || !_payments.TryAdd(payment.Id, payment))
        {
            return;
        }

        Index(_byPaymentRef, payment.ClientId, payment.PaymentRef, payment.Id);
        Index(_byReferenceId, payment.ClientId, payment.ReferenceId, payment.Id);
        Index(_byVaEnd, payment.ClientId, VaEnd(payment.VaNumber), payment.Id);
    }

    /// <summary>Adds a reversal that was applied under a key; adding it again changes nothing.</summary>
    public void Add(string clientId, string key, KeyOrigin origin, StoredReversal reversal)
    {
        ArgumentNullException.ThrowIfNull(reversal);
        if (origin != KeyOrigin.Derived)
        {
            _given[(clientId, key)] = reversal;
        }

        if (origin == KeyOrigin.Given)
        {
            return;
        }

        if (!_derived.TryGetValue((clientId, key), out var reversals))
        {
            _derived[(clientId, key)] = reversals = [];
        }

        if (!reversals.Exists(one => one.EventId == reversal.EventId))
        {
            reversals.Add(reversal);
        }
    }

    /// <summary>Says that more payments than were added fit what the request names.</summary>
    /// <param name="request">The request.</param>
    /// <param name="onVa">Whether by its VA alone; false: by its payment_ref or reference_id.</param>
    public void AddTooManyHits(ReversalRequest request, bool onVa) => _tooManyHits.Add((request, onVa));

    /// <summary>Whether more payments than were added fit what the request names.</summary>
    public bool HasTooManyHits(ReversalRequest request, bool onVa) =>
        _tooManyHits.Count > 0 && _tooManyHits.Contains((request, onVa));

    /// <summary>Adds a pending request that is not decided for good yet.</summary>
    public void AddPending(long id) => _pending.Add(id);

    /// <summary>Whether the pending request still waits.</summary>
    public bool IsPending(long id) => _pending.Contains(id);

    /// <summary>Adds a request that an earlier delivery left waiting for its payment.</summary>
    public void AddPendingDelivery(string clientId, string key, byte[] hash) =>
        _waiting.Add((clientId, key, Convert.ToHexString(hash)));

    /// <summary>Whether an earlier delivery of the same request waits for its payment.</summary>
    public bool HasPendingDelivery(ReversalRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Key is { } key
            && _waiting.Contains((request.ClientId, key, Convert.ToHexString(request.ContentHash())));
    }

    /// <summary>Adds the event that said no, for good, to what this message asks for.</summary>
    public void AddTold(string clientId, byte[] messageHash, Guid eventId) =>
        _told[(clientId, Convert.ToHexString(messageHash))] = eventId;

    /// <summary>
    /// The event that refused this very message when it was delivered before, or its key after it was sent;
    /// null: none did.
    /// </summary>
    public Guid? ToldBefore(ReversalRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _told.Count > 0 && request.Delivery is { } delivery
            && _told.TryGetValue((request.ClientId, Convert.ToHexString(delivery.Hash())), out var eventId)
            ? eventId
            : null;
    }

    /// <summary>Whether the bill was added: a payment may have come after the bills were locked.</summary>
    public bool HasBill(long id) => _bills.ContainsKey(id);

    /// <summary>The bill of an id that was added.</summary>
    public Bill Bill(long id) => _bills[id];

    /// <summary>The reversal applied under a key that its sender gave, or null.</summary>
    public StoredReversal? Reversal(string clientId, string key) =>
        _given.GetValueOrDefault((clientId, key));

    /// <summary>The reversals under a key that was derived: one for each payment it located.</summary>
    public IReadOnlyList<StoredReversal> DerivedReversals(string clientId, string key) =>
        _derived.TryGetValue((clientId, key), out var reversals) ? reversals : [];

    /// <summary>The client's payments with a payment_ref.</summary>
    public IReadOnlyList<BillPayment> ByPaymentRef(string clientId, string paymentRef) =>
        Look(_byPaymentRef, clientId, paymentRef);

    /// <summary>The client's payments whose own reference is this.</summary>
    public IReadOnlyList<BillPayment> ByReferenceId(string clientId, string referenceId) =>
        Look(_byReferenceId, clientId, referenceId);

    /// <summary>The client's payments on VA numbers that share the last ten digits.</summary>
    public IReadOnlyList<BillPayment> ByVaEnd(string clientId, string vaNumber)
    {
        ArgumentNullException.ThrowIfNull(vaNumber);
        return Look(_byVaEnd, clientId, VaEnd(vaNumber));
    }

    /// <summary>Takes an applied reversal into the books, so that the next decision sees it.</summary>
    public void Apply(Applied applied, ReversalRequest request, Guid eventId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(applied);
        ArgumentNullException.ThrowIfNull(request);
        _bills[applied.Bill.Id] = applied.Bill;
        _payments[applied.Payment.Id] = applied.Payment;
        _changedBills.Add(applied.Bill.Id);
        _changedPayments.Add(applied.Payment.Id);
        Add(request.ClientId, request.Key!, request.KeyOrigin, new StoredReversal
        {
            RequestHash = request.ContentHash(),
            EventId = eventId,
            PaymentId = applied.Payment.Id,
            BillId = applied.Bill.Id,
            ReversedAt = now,
        });
    }

    static string VaEnd(string vaNumber) =>
        vaNumber.Length > VaEndLength ? vaNumber[^VaEndLength..] : vaNumber;

    static void Index(Dictionary<(string, string), List<long>> index, string clientId, string? value, long id)
    {
        if (value is null)
        {
            return;
        }

        if (!index.TryGetValue((clientId, value), out var ids))
        {
            index[(clientId, value)] = ids = [];
        }

        ids.Add(id);
    }

    BillPayment[] Look(Dictionary<(string, string), List<long>> index, string clientId, string value) =>
        index.TryGetValue((clientId, value), out var ids) ? [.. ids.Select(id => _payments[id])] : [];
}
