using System.Numerics;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;

namespace Reversals.Tests.Hostile.Cases;

/// <summary>Says for each case what may become of it, and which payments must stand in the books for that:
/// whatever is well enough to be applied finds a payment, so that it really is.</summary>
sealed class Expectations(Gate gate)
{
    readonly Dictionary<(string Client, string PaymentRef), SeededPayment> _payments = [];
    readonly Dictionary<(string Client, string Key), List<(Case Case, Request Request)>> _byKey = [];

    internal IReadOnlyCollection<SeededPayment> Payments => _payments.Values;

    /// <summary>Cases that are an earlier one over again, or would find a payment by its VA alone.</summary>
    internal int LeftOut { get; private set; }

    /// <summary>Files that say of themselves what the rules here do not find.</summary>
    internal List<string> Contradictions { get; } = [];

    internal List<Case> Set(IEnumerable<Case> cases)
    {
        List<Case> kept = [.. cases.Where(TakesPart)];
        foreach (var (one, request) in _byKey.Values.SelectMany(group => group))
        {
            Decide(one, request, shared: _byKey[one.Key!.Value].Count > 1);
        }

        // Only now are all payments known.
        var alone = kept.Where(one => one.Key is not null && one.Allowed.Count == 0).ToHashSet();
        LeftOut += alone.Count;
        kept.RemoveAll(alone.Contains);
        return kept;
    }

    /// <summary>False: it is an earlier one over again.</summary>
    bool TakesPart(Case one)
    {
        var causes = gate.Check(one.Message);
        one.Allowed.UnionWith(causes.OfType<string>());
        var comesIn = causes.Contains(value: null);
        if (one.MustBeRight is { } right && right != comesIn)
        {
            Contradictions.Add($"{one.Origin}: its result is not what HMAC-SHA256 says");
        }

        if (!comesIn)
        {
            return true;
        }

        // What a file is named says it by itself; our own reader is held against it too.
        var parses = JsonReader.ReadAny(one.Message.Body) is not null;
        var isBody = one.Place.StartsWith("body", StringComparison.Ordinal);
        var wanted = one.Kind is Kind.MustParse;
        if (isBody && (wanted || one.Kind is Kind.MustNotParse) && wanted != parses)
        {
            Contradictions.Add($"{one.Origin}: to the reader here it is {(parses ? "" : "no ")}JSON");
        }

        var request = Request.Read(one.Message.Body);
        if (isBody && one.Kind is Kind.MustNotParse)
        {
            one.Allowed.Add("MALFORMED_BODY");
            return true;
        }

        if (request.Broken is not "MALFORMED_BODY" && !one.Message.MayWait)
        {
            one.Allowed.Add("INVALID_FIELD");
            return true;
        }

        if (request.Broken is { } broken)
        {
            one.Allowed.Add(broken);
            return true;
        }

        return Enrol(one, request);
    }

    bool Enrol(Case one, Request request)
    {
        var client = one.Message.Client!;
        var group = _byKey.GetValueOrDefault((client, request.Key)) ?? [];
        if (group.Exists(other => other.Request == request))
        {
            LeftOut++;
            return false;
        }

        one.Key = (client, request.Key);
        one.Cents = request.Cents;
        group.Add((one, request));
        _byKey[(client, request.Key)] = group;
        if (request.PaymentRef is { } paymentRef && !IsOfNoPayment(paymentRef))
        {
            one.Payment = Seed(client, paymentRef, request);
            one.Payment.Cases.Add(one);
        }

        return true;
    }

    /// <summary>One in four of the strange references is of no payment: that must be answered too.</summary>
    static bool IsOfNoPayment(string paymentRef) => paymentRef[0] != 'H' && paymentRef.Length % 4 == 3;

    SeededPayment Seed(string client, string paymentRef, Request request)
    {
        if (_payments.TryGetValue((client, paymentRef), out var payment))
        {
            return payment;
        }

        var id = _payments.Count + 1;
        var account = id.ToString("D10", CultureInfo.InvariantCulture);
        var va = request.Va switch
        {
            { Length: 16 } whole => whole,
            { } end => "857399" + end,
            null => (request.Prefix ?? "857399") + account,
        };
        return _payments[(client, paymentRef)] = new SeededPayment(id, client, paymentRef, va);
    }

    void Decide(Case one, Request request, bool shared)
    {
        var allowed = one.Allowed;
        if (one.Payment is not { } payment)
        {
            if (request is { PaymentRef: null, Va: not null }
                && _payments.Values.Any(other => IsOn(other, request)))
            {
                return;
            }

            allowed.Add("PAYMENT_NOT_FOUND");
        }
        else if (!IsOn(payment, request))
        {
            allowed.Add("VA_MISMATCH");
        }
        else if (request.Channel is { } channel
            && !string.Equals(channel, SeededPayment.Channel, StringComparison.Ordinal))
        {
            allowed.Add("CHANNEL_MISMATCH");
        }
        else
        {
            allowed.UnionWith(Taking(payment, one));
        }

        if (shared)
        {
            allowed.Add("IDEMPOTENCY_CONFLICT");
        }
    }

    static bool IsOn(SeededPayment payment, Request request) =>
        payment.Va.EndsWith(request.Va ?? "", StringComparison.Ordinal)
        && payment.Va.StartsWith(request.Prefix ?? "", StringComparison.Ordinal);

    /// <summary>Cases that share a payment come in any order: what is left for each is not known.</summary>
    static string[] Taking(SeededPayment payment, Case one)
    {
        if (payment.Cases.Count == 1)
        {
            return [one.Cents is null || one.Cents == Money.Most ? "REVERSED" : "PARTIALLY_REVERSED"];
        }

        var sum = payment.Cases.Aggregate(
            BigInteger.Zero, (taken, other) => taken + (other.Cents ?? Money.Most));
        return sum < Money.Most ? ["PARTIALLY_REVERSED"]
            : ["REVERSED", "PARTIALLY_REVERSED", "ALREADY_REVERSED", "EXCEEDS_REMAINING"];
    }
}
