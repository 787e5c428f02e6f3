using System.Security.Cryptography;

namespace Reversals.Tests.Chaos;

/// <summary>Everything there is to judge by, laid out by what one asks for.</summary>
sealed class Evidence
{
    internal Evidence(
        BooksBefore before, BooksAfter after, IReadOnlyList<AddedPayment> added, IReadOnlyList<Sent> sent,
        IReadOnlyList<Heard> heard)
    {
        (Before, After, Added, Sent) = (before, after, added, sent);
        Heard = [.. heard.AsParallel().AsOrdered().Select(HeardEvent.Read)];
        AddedIds = [.. added.Select(payment => payment.Id)];
        AddedToBill = added.ToLookup(payment => payment.BillId);
        Asked = Keyed(sent.Where(one => one.Authentic), Key.Of);
        Forged = Keyed(sent.Where(one => !one.Authentic), Key.Of);
        Broken = sent.Where(one => one is { Authentic: true, WellFormed: false, ClientId: not null })
            .DistinctBy(one => (one.ClientId, Convert.ToHexString(one.Body)))
            .ToLookup(one => one.ClientId!, one => one.Body, StringComparer.Ordinal);
        Reversals = after.Reversals.ToLookup(row => row.Key);
        ReversalsOfPayment = after.Reversals.ToLookup(row => row.PaymentId);
        ReversalsOfBill = after.Reversals.ToLookup(row => row.BillId);
        ReversalsOfEvent = after.Reversals.ToLookup(row => row.EventId);
        Events = after.Events.ToDictionary(row => row.EventId);
        EventsOfKey = Keyed(
            after.Events, row => row.ReferenceId is null ? null : new Key(row.ClientId, row.ReferenceId));
        Copies = Heard.Where(one => one.EventId is not null).ToLookup(one => one.EventId!.Value);
        HeardOfKey = Keyed(Heard, one => one.Key);
        PaymentsOfRef = Keyed(
            after.Payments.Values,
            row => row.PaymentRef is null ? null : new Key(row.ClientId, row.PaymentRef));
        PaymentsOfReference = Keyed(
            after.Payments.Values,
            row => row.ReferenceId is null ? null : new Key(row.ClientId, row.ReferenceId));
        PaymentsOfVaEnd = after.Payments.Values.ToLookup(row => new Key(row.ClientId, VaEnd(row.VaNumber)));
        SentOfBody = sent.ToLookup(
            one => Convert.ToHexString(SHA256.HashData(one.Body)), StringComparer.Ordinal);
    }

    internal BooksBefore Before { get; }
    internal BooksAfter After { get; }
    internal IReadOnlyList<AddedPayment> Added { get; }
    internal IReadOnlyList<Sent> Sent { get; }

    /// <summary>In the order in which the tap heard them.</summary>
    internal IReadOnlyList<HeardEvent> Heard { get; }

    /// <summary>Payments that were made during the run.</summary>
    internal HashSet<long> AddedIds { get; }
    internal ILookup<long, AddedPayment> AddedToBill { get; }

    /// <summary>Authentic requests by key.</summary>
    internal ILookup<Key, Sent> Asked { get; }

    /// <summary>Requests nobody signed, by the key they claim.</summary>
    internal ILookup<Key, Sent> Forged { get; }

    /// <summary>Bodies that break the rules, by the client that signed them.</summary>
    internal ILookup<string, byte[]> Broken { get; }
    internal ILookup<Key, ReversalRow> Reversals { get; }
    internal ILookup<long, ReversalRow> ReversalsOfPayment { get; }
    internal ILookup<long, ReversalRow> ReversalsOfBill { get; }
    internal ILookup<Guid, ReversalRow> ReversalsOfEvent { get; }
    internal IReadOnlyDictionary<Guid, EventRow> Events { get; }
    internal ILookup<Key, EventRow> EventsOfKey { get; }

    /// <summary>All that was heard under an event id.</summary>
    internal ILookup<Guid, HeardEvent> Copies { get; }
    internal ILookup<Key, HeardEvent> HeardOfKey { get; }

    /// <summary>A client's payments by payment_ref.</summary>
    internal ILookup<Key, PaymentRow> PaymentsOfRef { get; }

    /// <summary>A client's payments by their own reference_id.</summary>
    internal ILookup<Key, PaymentRow> PaymentsOfReference { get; }

    /// <summary>A client's payments by the last ten digits of their virtual account.</summary>
    internal ILookup<Key, PaymentRow> PaymentsOfVaEnd { get; }

    /// <summary>What was sent, by the SHA-256 of its body in hex.</summary>
    internal ILookup<string, Sent> SentOfBody { get; }

    /// <summary>What the answer to a reversal says; null when it was not heard or cannot be read.</summary>
    internal EventBody? BodyOf(ReversalRow reversal) =>
        Copies[reversal.EventId].FirstOrDefault()?.Body;

    /// <summary>The payments a request names by a reference: the first level that finds any, as the rules
    /// want it. Null when it names none: then only the virtual account can find it.</summary>
    internal IReadOnlyList<PaymentRow>? Named(Sent request)
    {
        if (request.PaymentRef is { } paymentRef)
        {
            return [.. PaymentsOfRef[new Key(request.ClientId!, paymentRef)]];
        }

        PaymentRow[] own = request.ReferenceId is { } reference
            ? [.. PaymentsOfReference[new Key(request.ClientId!, reference)]]
            : [];
        return own.Length > 0 ? own : null;
    }

    /// <summary>Whether an answer is to a request that breaks the rules: it has no reference, or one that
    /// nobody asked under and that stands in such a body.</summary>
    internal bool IsToBroken(HeardEvent heard) => !heard.IsReversed && heard.Body?.ClientId is { } client
        && (heard.Body.ReferenceId is not { } reference
            || (!Asked.Contains(heard.Key!.Value)
                && Broken[client].Any(body =>
                    body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(reference)) >= 0)));

    /// <summary>What remains of a virtual account without its prefix.</summary>
    internal static string VaEnd(string virtualAccount) =>
        virtualAccount.Length > 10 ? virtualAccount[^10..] : virtualAccount;

    static ILookup<Key, T> Keyed<T>(IEnumerable<T> rows, Func<T, Key?> key) =>
        rows.Select(row => (Row: row, Key: key(row))).Where(one => one.Key is not null)
            .ToLookup(one => one.Key!.Value, one => one.Row);
}
