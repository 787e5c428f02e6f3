using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Reversals.Operations.Commands;

/// <summary>Options that several commands share.</summary>
static class SharedOptions
{
    const int LongestNote = 500;
    const int MostRows = 1_000_000;

    static readonly string[] TimeForms =
        ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    internal static Option<int> Limit(int usual, string what) => new("--limit")
    {
        Description = what,
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            var isRight = int.TryParse(
                Only(result), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                && limit is >= 1 and <= MostRows;
            if (!isRight)
            {
                result.AddError($"--limit: expected 1 to {MostRows}, found '{Only(result)}'");
            }

            return limit;
        },
    };

    /// <summary>How many a second.</summary>
    internal static Option<int?> Rate() => new("--rate")
    {
        Description = "Most messages a second, such as 50/s; as fast as they are decided when not given",
        CustomParser = result =>
        {
            var text = Only(result);
            var digits = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
            if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var rate)
                && rate is >= 1 and <= MostRows)
            {
                return rate;
            }

            result.AddError($"--rate: expected 1 to {MostRows} a second, such as 50/s, found '{text}'");
            return null;
        },
    };

    /// <summary>How long something is waited for.</summary>
    internal static Option<TimeSpan> Wait(TimeSpan usual, string what) => new("--wait")
    {
        Description = what + ", such as 30s or 5m",
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            var text = Only(result);
            if (text.Length > 1 && text[^1] is 's' or 'm' && int.TryParse(
                text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture,
                out var number) && number is >= 1 and <= 3_600)
            {
                return text[^1] is 's' ? TimeSpan.FromSeconds(number) : TimeSpan.FromMinutes(number);
            }

            result.AddError($"--wait: expected a while such as 30s or 5m, found '{text}'");
            return usual;
        },
    };

    /// <summary>Ids of rows, as a list shows them.</summary>
    internal static Argument<long[]> Rows(string name, string what, ArgumentArity arity) => new(name)
    {
        Description = what,
        Arity = arity,
        CustomParser = result => Each<long>(result, text => long.TryParse(
            text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? id : null,
            "a row's id as list shows it"),
    };

    /// <summary>Ids of events.</summary>
    internal static Argument<Guid[]> Events(string name, string what) => new(name)
    {
        Description = what,
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result => Each<Guid>(
            result, text => Guid.TryParse(text, out var id) ? id : null, "an event_id, a UUID"),
    };

    /// <summary>Why something is done.</summary>
    internal static Option<string?> Note(string what = "Why; kept in the audit")
    {
        var note = new Option<string?>("--note") { Description = what };
        Usage.AtMost(LongestNote, note);
        return note;
    }

    /// <summary>A time, or a while until now.</summary>
    internal static Option<DateTimeOffset?> Since(CommandContext context, string what = "Received") =>
        Time("--since", $"{what} then or later: 2026-01-31T08:00+07:00, or 30m, 2h, 7d until now", context);

    /// <inheritdoc cref="Since"/>
    internal static Option<DateTimeOffset?> Until(CommandContext context, string what) =>
        Time("--until", $"{what} before then, said as for --since; now when not given", context);

    static Option<DateTimeOffset?> Time(string name, string what, CommandContext context) => new(name)
    {
        Description = what,
        CustomParser = result => Time(name, result, context.Clock),
    };

    static DateTimeOffset? Time(string name, ArgumentResult result, TimeProvider clock)
    {
        var text = Only(result);
        var now = clock.GetUtcNow();
        if (text.Length > 1 && int.TryParse(
            text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && text[^1] is 's' or 'm' or 'h' or 'd')
        {
            var seconds = number * text[^1] switch { 's' => 1.0, 'm' => 60, 'h' => 3_600, _ => 86_400 };
            if (seconds < (now - DateTimeOffset.MinValue).TotalSeconds)
            {
                return now.AddSeconds(-seconds);
            }
        }

        if (DateTimeOffset.TryParseExact(
            text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        result.AddError(
            $"{name}: expected a time such as 2026-01-31T08:00Z or a while such as 2h, found '{text}'");
        return null;
    }

    static T[] Each<T>(ArgumentResult result, Func<string, T?> read, string expected)
        where T : struct
    {
        List<T> values = [];
        foreach (var token in result.Tokens)
        {
            if (read(token.Value) is { } value)
            {
                values.Add(value);
            }
            else
            {
                result.AddError($"{result.Argument.Name}: expected {expected}, found '{token.Value}'");
            }
        }

        return [.. values];
    }

    static string Only(ArgumentResult result) => result.Tokens is [var token] ? token.Value : "";
}
