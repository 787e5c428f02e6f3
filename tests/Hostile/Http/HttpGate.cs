using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Http;

/// <summary>Who a request over HTTP is from, by the rules; written a second time.</summary>
sealed class HttpGate(IReadOnlyDictionary<string, string> keys)
{
    const int MostBytes = 65_536;

    /// <summary>Larger headers a caller has no use for.</summary>
    const int MostHeaderBytes = 15 * 1024;

    /// <summary>The statuses with which it may be turned away; empty: it must be answered.</summary>
    internal int[] Refusals(Message message)
    {
        if (message.Body.Length > MostBytes)
        {
            return [413];
        }

        var (signature, client) = (Value(message, "Signature"), Value(message, "Client-Id"));
        return (signature?.Length ?? 0) + (client?.Length ?? 0) > MostHeaderBytes ? [431, 401, 400]
            // What is no text in a header may be told to be that.
            : !IsPlain(signature) || !IsPlain(client) ? [400, 401]
            : IsAuthentic(message.Body, signature, client) ? []
            : [401];
    }

    /// <summary>
    /// Whether its headers can stand in a request of HTTP: a line end in one would be another header, and nothing
    /// but bytes can be written.
    /// </summary>
    internal static bool CanBeSent(Case one) => one.Message.Change is null
        && one.Message.Headers.All(header => header.Key is "Signature" or "Client-Id"
            && header.Value is byte[] bytes && !bytes.AsSpan().ContainsAny((byte)'\r', (byte)'\n'));

    bool IsAuthentic(byte[] body, string? signature, string? client)
    {
        if (signature is not { Length: 64 } || !signature.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        // Without a name the key says whose it is.
        return string.IsNullOrEmpty(client)
            ? keys.Values.Any(IsOf)
            : keys.TryGetValue(client, out var own) && IsOf(own);

        bool IsOf(string key) =>
            string.Equals(Gate.Sign(key, body), signature, StringComparison.OrdinalIgnoreCase);
    }

    static bool IsPlain(string? value) => value?.All(unit => unit is >= ' ' and <= '~' or '\t') != false;

    /// <summary>Without the blanks around it, which are none of the value.</summary>
    static string? Value(Message message, string name) => message.Headers.GetValueOrDefault(name) is byte[] bytes
        ? Encoding.Latin1.GetString(bytes).Trim(' ', '\t')
        : null;
}
