using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;

namespace Reversals.Tests.Hostile.Cases;

/// <summary>The configured clients and their keys.</summary>
sealed class Clients
{
    /// <summary>Whose name the hostile messages use.</summary>
    internal const string Acme = "acme";

    /// <summary>Whose key is a wrong one for acme.</summary>
    internal const string Other = "other";

    /// <summary>Whose traffic is well and timed meanwhile.</summary>
    internal const string Good = "good";

    const int ShortestKey = 8;

    /// <summary>The environment of a process holds so much.</summary>
    const int LongestKey = 4_096;

    readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal)
    {
        [Acme] = "acme-key-for-hostile-input",
        [Other] = "other-key-for-hostile-input",
        [Good] = "good-key-for-hostile-input",
    };

    readonly Dictionary<string, string> _byKey = new(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, string> Keys => _keys;

    /// <summary>A client with the vector's key; null when the key is no printable text.</summary>
    internal string? For(Vector vector)
    {
        if (vector.Key.Length > LongestKey || Characters.Of(vector.Key) is not { Length: >= ShortestKey } key
            || key.Any(char.IsControl) || key.Any(char.IsWhiteSpace))
        {
            return null;
        }

        if (!_byKey.TryGetValue(key, out var client))
        {
            _byKey[key] = client = FormattableString.Invariant($"v{_byKey.Count}");
            _keys[client] = key;
        }

        return client;
    }
}
