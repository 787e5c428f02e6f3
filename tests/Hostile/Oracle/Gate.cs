using System.Security.Cryptography;
using System.Text;

namespace Reversals.Tests.Hostile.Oracle;

/// <summary>Who comes in: the sizes, the client and the signature, judged by the rules.</summary>
sealed class Gate(IReadOnlyDictionary<string, string> keys)
{
    const int MostBytes = 64 * 1024;
    const int MostHeaderBytes = 16 * 1024;

    /// <summary>How far from the limit of the headers the exact way of counting could matter.</summary>
    const int Doubt = 256;

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
        return headers > MostHeaderBytes + Doubt ? ["HEADERS_TOO_LARGE"]
            : headers > MostHeaderBytes - Doubt ? ["HEADERS_TOO_LARGE", Cause(message)]
            : [Cause(message)];
    }

    string? Cause(Message message)
    {
        var value = message.Headers.GetValueOrDefault("Signature");
        if (value is null or byte[] { Length: 0 })
        {
            return "SIGNATURE_MISSING";
        }

        var signature = value is byte[] { Length: 64 } bytes && bytes.All(IsHex)
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

    static int Size(object? value) => value switch
    {
        byte[] bytes => bytes.Length,
        null => 0,
        _ => sizeof(long),
    };
}
