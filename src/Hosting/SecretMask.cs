using System.Text.RegularExpressions;
using Serilog.Formatting.Json;

namespace Reversals.Hosting;

/// <summary>
/// Takes secrets out of a value. A secret that is a common word – the password <c>postgres</c> on somebody's
/// own machine – must not spoil every text that contains its letters. So where in a value a secret is
/// looked for depends on how distinct it is.
/// </summary>
sealed class SecretMask(IEnumerable<string> secrets)
{
    internal const string Hidden = "***";

    /// <summary>From here on a secret is looked for everywhere; no word is so long by chance.</summary>
    const int Distinct = 12;

    /// <summary>From here on too, when it is more than letters.</summary>
    const int DistinctWithSigns = 8;

    /// <summary>Shorter ones are looked for as the whole value only, or where a password stands.</summary>
    const int Word = 5;

    /// <summary>
    /// Longest first, so that a secret inside a longer one leaves nothing of the longer one behind.
    /// </summary>
    readonly (string Text, bool IsWord)[] _sought =
    [
        .. secrets.Where(secret => secret.Length >= Word)
            .SelectMany(secret => Spellings(secret).Select(text => (Text: text, IsWord: !IsDistinct(secret))))
            .Concat(secrets.Where(secret => secret.Length is > 0 and < Word).SelectMany(AsPassword)
                .Select(text => (Text: text, IsWord: false)))
            .DistinctBy(one => one.Text, StringComparer.Ordinal)
            .OrderByDescending(one => one.Text.Length),
    ];

    readonly HashSet<string> _whole =
        new(secrets.Where(secret => secret.Length is > 0 and < Word), StringComparer.Ordinal);

    /// <summary>The value without secrets.</summary>
    internal string Clean(string value)
    {
        if (_whole.Contains(value))
        {
            return Hidden;
        }

        foreach (var (text, isWord) in _sought)
        {
            value = isWord ? WithoutWord(value, text) : value.Replace(text, Hidden, StringComparison.Ordinal);
        }

        return value;
    }

    static bool IsDistinct(string secret) => secret.Length >= Distinct
        || (secret.Length >= DistinctWithSigns && !secret.All(char.IsAsciiLetter));

    /// <summary>Where a library would print it: in a connection string, or an address.</summary>
    static string[] AsPassword(string secret) => [$"Password={secret}", $"password={secret}", $":{secret}@"];

    static string WithoutWord(string value, string word) =>
        !value.Contains(word, StringComparison.Ordinal)
            ? value
            : Regex.Replace(
                value, $"(?<![0-9A-Za-z]){Regex.Escape(word)}(?![0-9A-Za-z])", Hidden,
                RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>As it is, as a JSON string, and as a JSON string within a message within one.</summary>
    static string[] Spellings(string secret) =>
        [secret, Escaped(secret), Escaped(secret.Replace("\"", "\\\"", StringComparison.Ordinal))];

    static string Escaped(string text)
    {
        using var json = new StringWriter();
        JsonValueFormatter.WriteQuotedJsonString(text, json);
        return json.ToString()[1..^1];
    }
}
