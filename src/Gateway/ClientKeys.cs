using System.Security.Cryptography;
using System.Text;

namespace Reversals.Gateway;

/// <summary>
/// Whose signature a body carries, and whether a token is one of ours; both in constant time.
/// </summary>
sealed class ClientKeys(GatewayOptions options)
{
    const string Scheme = "Bearer ";

    readonly (string Client, SigningKeys Keys)[] _clients =
    [
        .. options.Clients.Where(client => client.Value.Enabled)
            .Select(client => (client.Key, new SigningKeys(client.Value.ApiKeys))),
    ];

    readonly byte[][] _tokens =
        [.. options.Http.Tokens.Select(token => SHA256.HashData(Encoding.UTF8.GetBytes(token)))];

    /// <summary>
    /// The client whose key signed the body; null: none of those that may have. The keys of all clients are
    /// tried, so that the time does not tell which one fitted.
    /// </summary>
    /// <param name="body">The exact bytes.</param>
    /// <param name="signature">64 hex characters, or anything else.</param>
    /// <param name="claimed">The only client that counts; null: any.</param>
    internal string? Owner(ReadOnlySpan<byte> body, string signature, string? claimed)
    {
        string? owner = null;
        foreach (var (client, keys) in _clients)
        {
            var fits = keys.Signed(body, signature);
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
