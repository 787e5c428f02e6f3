namespace Reversals.Hosting;

/// <summary>What the clients and their keys have to be.</summary>
static class ClientRules
{
    const int LongestId = 64;

    /// <summary>What is wrong with the clients.</summary>
    /// <param name="keys">The keys of each.</param>
    /// <param name="own">Keys of our own, which are no client's, by the names of their settings.</param>
    internal static IEnumerable<string> Problems(
        IReadOnlyDictionary<string, IReadOnlyList<string>> keys,
        params IReadOnlyList<(string Name, string? Key)> own)
    {
        string?[] found =
        [
            keys.Count == 0
                ? "Clients: expected at least one client, as Clients:<client_id>:ApiKeys:0; found none"
                : null,
            .. keys.SelectMany(client => OfClient(client.Key, client.Value)),
            .. KeyRules.Shared(keys, own),
        ];
        return found.OfType<string>();
    }

    static IEnumerable<string?> OfClient(string clientId, IReadOnlyList<string> keys)
    {
        var at = $"Clients:{clientId}";
        return
        [
            clientId.Length is 0 or > LongestId
                ? $"{at}: expected a client id of 1–{LongestId} characters, found {clientId.Length}"
                : null,
            ControlCharacters.First(clientId) is { } hidden
                ? $"{at}: expected a client id of characters that can be seen, found {hidden}"
                : null,
            keys.Count == 0
                ? $"{at}:ApiKeys: expected at least one key, as {at}:ApiKeys:0; found none"
                : null,
            .. keys.Index().Select(key => KeyRules.Problem($"{at}:ApiKeys:{key.Index}", key.Item)),
        ];
    }
}
