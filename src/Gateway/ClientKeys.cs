using System.Security.Cryptography;
using System.Text;
using Reversals.Contracts;

namespace Reversals.Gateway;

/// <summary>
/// Whose signature a body carries, and whether a token is one of ours; both in constant time.
/// </summary>
sealed class ClientKeys(GatewayOptions options)
{
    const string Scheme = "Bearer ";

    readonly (string Client, byte[] Key)[] _keys =
    [
        .. options.Clients.SelectMany(client =>
            client.Value.ApiKeys.Select(key => (client.Key, Encoding.UTF8.GetBytes(key)))),
    ];

    readonly byte[][] _tokens =
        [.. options.Http.Tokens.Select(token => SHA256.HashData(Encoding.UTF8.GetBytes(token)))];

    /// <summary>
    /// The client whose key signed the body; null: none of those that may have. All keys are tried, so that
    /// the time does not tell which one fitted.
    /// </summary>
    /// <param name="body">The exact bytes.</param>
    /// <param name="signature">64 hex characters, or anything else.</param>
    /// <param name="claimed">The only client that counts; null: any.</param>
    internal string? Owner(ReadOnlySpan<byte> body, string signature, string? claimed)
    {
        string? owner = null;
        foreach (var (client, key) in _keys)
        {
            var fits = Signature.Verify(body, key, signature);
            owner = fits && (claimed is null || client.Equals(claimed, StringComparison.Ordinal))
                ? client
                : owner;
        }

        return owner;
    }

    /// <summary>
    /// Whether the header <c>Authorization</c> lets the caller in; without tokens everybody.
    /// </summary>
    internal bool LetsIn(string? authorization)
    {
        if (_tokens.Length == 0)
        {
            return true;
        }

        var given = SHA256.HashData(Encoding.UTF8.GetBytes(
            authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true
                ? authorization[Scheme.Length..].Trim(' ')
                : ""));
        var known = false;
        foreach (var token in _tokens)
        {
            known |= CryptographicOperations.FixedTimeEquals(given, token);
        }

        return known;
    }
}
