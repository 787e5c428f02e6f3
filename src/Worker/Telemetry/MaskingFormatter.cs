using System.Text.RegularExpressions;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Json;

namespace Reversals.Worker.Telemetry;

/// <summary>
/// Compact JSON, a line an event, with secrets and account numbers taken out of the finished line: whatever
/// way a value came in – a property, a message of a library, the text of an exception – it goes through here.
/// </summary>
sealed partial class MaskingFormatter(IEnumerable<string> secrets) : ITextFormatter
{
    const string Mask = "***";

    readonly RenderedCompactJsonFormatter _inner = new();

    /// <summary>
    /// Longest first, so that a secret inside a longer one leaves nothing of the longer one behind.
    /// </summary>
    readonly string[] _secrets =
    [
        .. secrets.Where(secret => secret.Length > 0)
            .SelectMany(Spellings)
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(secret => secret.Length),
    ];

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter();
        _inner.Format(logEvent, line);
        output.Write(Clean(line.ToString()));
    }

    /// <summary>The line without secrets, and with account numbers cut to their last four digits.</summary>
    internal string Clean(string line) =>
        AccountNumber().Replace(WithoutSecrets(line), number => Mask + number.Value[^4..]);

    /// <summary>The text without secrets.</summary>
    internal string WithoutSecrets(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>
    /// As it is, as a JSON string, and as a JSON string within a message within a JSON string.
    /// </summary>
    static string[] Spellings(string secret) =>
        [secret, Escaped(secret), Escaped(secret.Replace("\"", "\\\"", StringComparison.Ordinal))];

    static string Escaped(string text)
    {
        using var json = new StringWriter();
        JsonValueFormatter.WriteQuotedJsonString(text, json);
        return json.ToString()[1..^1];
    }

    /// <summary>
    /// A virtual account number: 10 to 16 digits that are not part of a longer word or of a fraction.
    /// </summary>
    [GeneratedRegex("(?<![0-9A-Za-z]|[0-9A-Za-z][.-])[0-9]{10,16}(?![0-9A-Za-z]|[.-][0-9A-Za-z])",
        RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AccountNumber();
}
