namespace Reversals.Tests.Integration.Harness;

/// <summary>The clients every worker of a test knows, and short forms for what is sent.</summary>
static class Some
{
    internal const string Client = "acme";
    internal const string Key = "test-api-key";
    internal const string OtherClient = "globex";
    internal const string OtherKey = "globex-api-key";

    /// <summary>Its bills end as <c>reversal</c>, and its payments can be reversed for one day.</summary>
    internal const string StrictClient = "initech";
    internal const string StrictKey = "initech-api-key";

    internal const string Prefix = "857399";
    internal const string Account = "1234567890";
    internal const string VaNumber = Prefix + Account;

    internal static string KeyOf(string client) => client switch
    {
        Client => Key,
        OtherClient => OtherKey,
        StrictClient => StrictKey,
        _ => throw new ArgumentOutOfRangeException(nameof(client), client, "has no key"),
    };

    /// <summary>Single quotes stand for double ones, so that bodies stay readable.</summary>
    internal static string Json(string text) => text.Replace('\'', '"');

    internal static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A request for all that is left of a payment, or for a part.</summary>
    internal static string Request(string paymentRef, string referenceId, decimal? amount = null) => Json(
        amount is null
            ? $"{{'payment_ref':'{paymentRef}','reference_id':'{referenceId}'}}"
            : FormattableString.Invariant(
                $"{{'payment_ref':'{paymentRef}','reference_id':'{referenceId}','amount':{amount}}}"));

    /// <summary>Requests request-1, request-2, … for P1, P2, …</summary>
    internal static IEnumerable<string> Requests(int count) =>
        Enumerable.Range(1, count).Select(n => Request($"P{n}", $"request-{n}"));

    internal static Dictionary<string, object?> Signed(byte[] body, string client = Client) =>
        new(StringComparer.Ordinal)
        {
            [Wire.SignatureHeader] = Signature.Compute(body, KeyOf(client)),
            [Wire.ClientIdHeader] = client,
        };
}
