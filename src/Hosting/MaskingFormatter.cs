using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;

namespace Reversals.Hosting;

/// <summary>
/// Compact JSON, a line an event, with secrets and account numbers taken out of each of its values: whatever
/// way one came in – a property, a message of a library, the text of an exception – it goes through here. The
/// names of the values are the worker's own and stay.
/// </summary>
sealed partial class MaskingFormatter(IEnumerable<string> secrets) : ITextFormatter
{
    static readonly JsonWriterOptions Writing =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly RenderedCompactJsonFormatter _inner = new();
    volatile SecretMask _secrets = new([.. secrets]);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter();
        _inner.Format(logEvent, line);
        output.WriteLine(CleanLine(line.ToString()));
    }

    /// <summary>From now on these are taken out, and no others.</summary>
    internal void Hide(IEnumerable<string> others) => _secrets = new SecretMask([.. others]);

    /// <summary>The value without secrets, and with account numbers cut to their last four digits.</summary>
    internal string Clean(string value) => WithoutAccounts(_secrets.Clean(value));

    /// <summary>The value without secrets.</summary>
    internal string WithoutSecrets(string value) => _secrets.Clean(value);

    static string WithoutAccounts(string value) =>
        AccountNumber().Replace(value, number => SecretMask.Hidden + number.Value[^4..]);

    string CleanLine(string line)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line));
        using var clean = new MemoryStream(line.Length);
        using (var writer = new Utf8JsonWriter(clean, Writing))
        {
            while (reader.Read())
            {
                Copy(ref reader, writer);
            }
        }

        return Encoding.UTF8.GetString(clean.GetBuffer(), 0, (int)clean.Length);
    }

    void Copy(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                writer.WriteStartObject();
                break;
            case JsonTokenType.EndObject:
                writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                writer.WriteStartArray();
                break;
            case JsonTokenType.EndArray:
                writer.WriteEndArray();
                break;
            case JsonTokenType.PropertyName:
                writer.WritePropertyName(reader.GetString()!);
                break;
            case JsonTokenType.String:
                writer.WriteStringValue(Clean(reader.GetString()!));
                break;
            default:
                CopyRaw(Encoding.UTF8.GetString(reader.ValueSpan), writer);
                break;
        }
    }

    /// <summary>A number may be that of an account.</summary>
    static void CopyRaw(string value, Utf8JsonWriter writer)
    {
        if (WithoutAccounts(value) is var clean && clean.Equals(value, StringComparison.Ordinal))
        {
            writer.WriteRawValue(value);
        }
        else
        {
            writer.WriteStringValue(clean);
        }
    }

    /// <summary>
    /// A virtual account number: 10 to 16 digits that are not part of a longer word or of a fraction.
    /// </summary>
    [GeneratedRegex("(?<![0-9A-Za-z]|[0-9A-Za-z][.-])[0-9]{10,16}(?![0-9A-Za-z]|[.-][0-9A-Za-z])",
        RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AccountNumber();
}
