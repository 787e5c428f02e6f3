using System.Security.Cryptography;

namespace Reversals.Tests.Hostile.Oracle;

/// <summary>Who comes in: the sizes, the client and the signature, judged by the rules.</summary>
sealed class Gate(IReadOnlyDictionary<string, string> keys)
{
    const int MostBytes = 64 * 1024;
    const int MostHeaderBytes = 16 * 1024;
    const int MostValues = 1_000;

    /// <summary>How far from the limit of the headers the exact way of counting could matter.</summary>
    const int Doubt = 256;

    static readonly string[] Deciding = ["Signature", "Client-Id", "Pending-For"];

    internal static string Sign(string key, ReadOnlySpan<byte> body) =>
        Sign(Encoding.UTF8.GetBytes(key), body);

    internal static string Sign(byte[] key, ReadOnlySpan<byte> body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, body));

    /// <summary>Why the message must not come in; null when it must; two when the size is in doubt.</summary>
    internal string?[] Check(Message message)
    {
        if (message.Body.Length > MostBytes)
        {
            return ["BODY_TOO_LARGE"];
        }

        var headers = message.Headers.Sum(header => header.Key.Length + Size(header.Value));
        var values = message.Headers.Sum(header => Count(header.Value));
        return values > MostValues || headers > MostHeaderBytes + Doubt ? ["HEADERS_TOO_LARGE"]
            : headers > MostHeaderBytes - Doubt ? ["HEADERS_TOO_LARGE", Cause(message)]
            : [Cause(message)];
    }

    string? Cause(Message message)
    {
        if (Array.Exists(Deciding, name => message.Values(name).Select(Written)
            .Distinct(StringComparer.Ordinal).Count() > 1))
        {
            return "HEADER_AMBIGUOUS";
        }

        if (message.Values("Signature") is not [var value, ..] || Message.TextOf(value) is { Length: 0 })
        {
            return "SIGNATURE_MISSING";
        }

        var signature = Message.TextOf(value) is { Length: 64 } bytes && bytes.All(IsHex)
            ? Encoding.ASCII.GetString(bytes)
            : null;
        if (signature is null)
        {
            return "SIGNATURE_INVALID";
        }

        return message.Client is not { } client || !keys.TryGetValue(client, out var key) ? "CLIENT_UNKNOWN"
            : string.Equals(Sign(key, message.Body), signature, StringComparison.OrdinalIgnoreCase) ? null
            : "SIGNATURE_INVALID";
    }

    static bool IsHex(byte value) => char.IsAsciiHexDigit((char)value);

    /// <summary>Texts are the same when their bytes are.</summary>
    static string Written(object value) => Message.TextOf(value) is { } bytes
        ? Convert.ToHexString(bytes)
        : $"{value.GetType()} {value}";

    static int Size(object? value) => value switch
    {
        null => 0,
        IDictionary<string, object?> table => table.Sum(entry => entry.Key.Length + Size(entry.Value)),
        _ when Message.TextOf(value) is { } bytes => bytes.Length,
        IEnumerable<object?> list => list.Sum(Size),
        _ => sizeof(long),
    };

    static int Count(object? value) => value switch
    {
        IDictionary<string, object?> table => 1 + table.Sum(entry => Count(entry.Value)),
        IEnumerable<object?> list => 1 + list.Sum(Count),
        _ => 1,
    };
}
