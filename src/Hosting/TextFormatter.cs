using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace Reversals.Hosting;

/// <summary>
/// A line an event for people at a terminal: time, level, the name of the message, its text, and what is
/// known beside it. Secrets and account numbers are taken out as in the JSON lines.
/// </summary>
sealed class TextFormatter(MaskingFormatter mask) : ITextFormatter
{
    const string EventId = "EventId";
    const string Source = "SourceContext";

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var time = logEvent.Timestamp.UtcDateTime.ToString(
            "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var text = logEvent.RenderMessage(CultureInfo.InvariantCulture);
        output.WriteLine(
            $"{time} {Level(logEvent.Level)} {Name(logEvent)}{Clean(text)}{Beside(logEvent)}");
        if (logEvent.Exception is { } error)
        {
            output.WriteLine(ControlCharacters.Escape(mask.Clean($"{error}"), keepLines: true));
        }
    }

    /// <summary>What an untrusted sender wrote begins no line of its own.</summary>
    string Clean(string text) => ControlCharacters.Escape(mask.Clean(text));

    static string Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "DBG",
        LogEventLevel.Information => "INF",
        LogEventLevel.Warning => "WRN",
        _ => "ERR",
    };

    /// <summary>The name by which the runbook calls the message.</summary>
    static string Name(LogEvent line) =>
        line.Properties.GetValueOrDefault(EventId) is StructureValue id
        && id.Properties.FirstOrDefault(one => one.Name is "Name")?.Value
            is ScalarValue { Value: string name }
            ? $"{name}: "
            : "";

    /// <summary>Values that the text does not show, such as <c>Cause</c> and <c>LeftOut</c>.</summary>
    string Beside(LogEvent line)
    {
        var shown = line.MessageTemplate.Tokens.OfType<PropertyToken>().Select(token => token.PropertyName)
            .Append(EventId).Append(Source).ToHashSet(StringComparer.Ordinal);
        string[] rest =
        [
            .. line.Properties.Where(one => !shown.Contains(one.Key))
                .Select(one => $"{one.Key}={Clean(Plain(one.Value))}"),
        ];
        return rest.Length == 0 ? "" : $" ({string.Join(", ", rest)})";
    }

    /// <summary>A text without quotation marks; anything else as it is written.</summary>
    static string Plain(LogEventPropertyValue value) => value is ScalarValue { Value: string text }
        ? text
        : value.ToString(format: null, CultureInfo.InvariantCulture);
}
