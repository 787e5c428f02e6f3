using Reversals.Contracts;

namespace Reversals.Hosting;

/// <summary>
/// What a key has to be. A key with a character that nobody sees comes from a file or a paste that went
/// wrong: the start would be well, and every signature invalid.
/// </summary>
static class KeyRules
{
    /// <summary>Shortest key that is accepted, in characters.</summary>
    const int Shortest = 8;

    /// <summary>What is wrong with a key by itself; it is not told, only how long it is.</summary>
    internal static string? Problem(string name, string? key) =>
        key is not { Length: >= Shortest }
            ? $"{name}: expected at least {Shortest} characters, found {key?.Length ?? 0}"
            : ControlCharacters.First(key) is { } hidden
                ? $"{name}: expected characters that can be seen, in UTF-8; found {hidden} of {key.Length}"
                : null;

    /// <summary>
    /// One signed body would hold for each client that has the key, and be applied once for each. Keys are
    /// the same when they sign the same; so a key and its hash are found too.
    /// </summary>
    internal static IEnumerable<string> Shared(
        IReadOnlyDictionary<string, IReadOnlyList<string>> clients,
        IReadOnlyList<(string Name, string? Key)> own) =>
        from same in Keys(clients, own)
            .GroupBy(key => Signature.Compute([], key.Value), StringComparer.Ordinal)
        let first = same.First()
        let other = same.FirstOrDefault(key => !key.Owner.Equals(first.Owner, StringComparison.Ordinal))
        where other is not null
        select other.IsOfEvents
            ? $"{other.Name}: expected a key of its own, found a client's key, {first.Name}"
            : $"{other.Name}: expected a key of its own, found that of {first.Name}: what one of the " +
                $"clients {first.Owner} and {other.Owner} signs would hold for the other too";

    static IEnumerable<Key> Keys(
        IReadOnlyDictionary<string, IReadOnlyList<string>> clients,
        IReadOnlyList<(string Name, string? Key)> own) =>
    [
        .. clients.SelectMany(client => client.Value.Index()
            .Where(key => key.Item is { Length: > 0 })
            .Select(key => new Key($"Clients:{client.Key}:ApiKeys:{key.Index}", client.Key, key.Item))),
        .. own.Where(key => key.Key is { Length: > 0 })
            .Select(key => new Key(key.Name, "", key.Key!) { IsOfEvents = true }),
    ];

    sealed record Key(string Name, string Owner, string Value)
    {
        internal bool IsOfEvents { get; init; }
    }
}
