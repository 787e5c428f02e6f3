using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Reversals.Contracts;

/// <summary>
/// The specification's signature: hex HMAC-SHA256 over the exact body bytes, keyed with the client's API key.
/// Sign the bytes that are sent; serialising again after signing breaks the signature.
/// </summary>
public static class Signature
{
    /// <summary>Length of a signature in hex characters.</summary>
    public const int HexLength = 2 * HMACSHA256.HashSizeInBytes;

    /// <summary>Signs a body.</summary>
    /// <param name="body">The exact bytes that are sent.</param>
    /// <param name="key">The API key; its UTF-8 bytes are the HMAC key.</param>
    /// <returns>64 lower-case hex characters.</returns>
    public static string Compute(ReadOnlySpan<byte> body, string key) =>
        Compute(body, Encoding.UTF8.GetBytes(key));

    /// <inheritdoc cref="Compute(ReadOnlySpan{byte}, string)"/>
    public static string Compute(ReadOnlySpan<byte> body, ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, body, hash);
        return Hex(hash);
    }

    /// <summary>Hex characters of the name of a key.</summary>
    const int KeyIdLength = 16;

    /// <summary>
    /// Names a key without giving it away: what the header <see cref="Wire.SignatureKeyHeader"/> says.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <returns>
    /// The first 16 characters of the signature that the key gives the text <c>Signature-Key</c>.
    /// </returns>
    public static string KeyId(string key) => Compute("Signature-Key"u8, key)[..KeyIdLength];

    /// <summary>Whether <paramref name="signature"/> is 64 hex characters, in either case.</summary>
    public static bool IsWellFormed([NotNullWhen(true)] string? signature) =>
        signature is { Length: HexLength } && signature.All(char.IsAsciiHexDigit);

    /// <summary>
    /// Checks a signature in constant time. Anything but exactly 64 hex characters is false; never throws.
    /// </summary>
    /// <param name="body">The exact bytes that were received.</param>
    /// <param name="key">The HMAC key: the UTF-8 bytes of the API key.</param>
    /// <param name="signature">The value of the <see cref="Wire.SignatureHeader"/> header.</param>
    public static bool Verify(ReadOnlySpan<byte> body, ReadOnlySpan<byte> key, string? signature)
    {
        if (!IsWellFormed(signature))
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, body, expected);
        FromHex(signature, given);
        return CryptographicOperations.FixedTimeEquals(expected, given);
    }

#if NET9_0_OR_GREATER
    static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);

    static void FromHex(string hex, Span<byte> to) => Convert.FromHexString(hex, to, out _, out _);
#else
    static string Hex(ReadOnlySpan<byte> hash) => string.Create(
        HexLength, Convert.ToHexString(hash), static (to, hex) => hex.AsSpan().ToLowerInvariant(to));

    static void FromHex(string hex, Span<byte> to) => Convert.FromHexString(hex).CopyTo(to);
#endif
}
