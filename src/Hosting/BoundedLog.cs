using Serilog.Core;
using Serilog.Events;

namespace Reversals.Hosting;

/// <summary>
/// Keeps the log small whatever happens. In ten seconds one template writes at most five warnings or errors,
/// and of those that differ only in their numbers just one. What is left out is counted, and
/// the next line has the count as <c>LeftOut</c>. An error is a line with its cause; its stack follows once
/// a minute at most for each cause, never for a server that is away. Information, which reports a change for
/// the better, is always written; after it the same problem is written again at once.
/// </summary>
/// <param name="next">Where the lines go.</param>
/// <param name="clock">Measures the pauses.</param>
/// <param name="isOfServer">Whether an error is that of a server or of the way to it.</param>
sealed class BoundedLog(ILogEventSink next, TimeProvider clock, Func<Exception, bool> isOfServer)
    : ILogEventSink, IDisposable
{
    internal const string Cause = "Cause";
    internal const string LeftOut = "LeftOut";

    /// <summary>Different lines of one template in one pause.</summary>
    internal const int MostOfATemplate = 5;

    /// <summary>
    /// Shorter than ten seconds, so that a line repeated every ten gets through: timers are not exact.
    /// </summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(9.5);

    /// <summary>The code has a fixed number of templates; a library may build any number.</summary>
    const int MostKept = 1_000;

    readonly Lock _gate = new();
    readonly Dictionary<(string Source, string Template), Recent> _recent = [];
    readonly StackLimit _stacks = new(clock, isOfServer);

    public void Emit(LogEvent logEvent)
    {
        if (Admit(logEvent) is { } line)
        {
            next.Emit(line);
        }
    }

    public void Dispose() => (next as IDisposable)?.Dispose();

    /// <summary>The line as it is to be written; null: it is left out.</summary>
    LogEvent? Admit(LogEvent line)
    {
        var source = Source(line);
        lock (_gate)
        {
            if (line.Level < LogEventLevel.Warning)
            {
                Forgive(source);
                return line;
            }

            var cause = line.Exception is { } error ? StackLimit.Explain(error) : null;
            var recent = Recently(source, line.MessageTemplate.Text);
            if (!recent.Admit(Words(line, cause), clock.GetTimestamp(), IsOver))
            {
                return null;
            }

            var written = cause is null ? line : WithCause(line, cause);
            if (recent.TakeLeftOut() is > 0 and var count)
            {
                written.AddOrUpdateProperty(new LogEventProperty(LeftOut, new ScalarValue(count)));
            }

            return written;
        }
    }

    bool IsOver(long since) => clock.GetElapsedTime(since) >= Pause;

    void Forgive(string source)
    {
        foreach (var (key, recent) in _recent)
        {
            if (string.Equals(key.Source, source, StringComparison.Ordinal))
            {
                recent.Forgive();
            }
        }
    }

    Recent Recently(string source, string template)
    {
        if (_recent.TryGetValue((source, template), out var recent))
        {
            return recent;
        }

        if (_recent.Count >= MostKept)
        {
            _recent.Clear();
        }

        return _recent[(source, template)] = new Recent();
    }

    LogEvent WithCause(LogEvent line, string cause)
    {
        var written = new LogEvent(
            line.Timestamp, line.Level, _stacks.IsDue(line.Exception!) ? line.Exception : null,
            line.MessageTemplate,
            [
                .. line.Properties.Select(one => new LogEventProperty(one.Key, one.Value)),
                new LogEventProperty(Cause, new ScalarValue(cause)),
            ],
            line.TraceId ?? default, line.SpanId ?? default);
        return written;
    }

    static string Source(LogEvent line) =>
        line.Properties.TryGetValue(Constants.SourceContextPropertyName, out var source)
        && source is ScalarValue { Value: string name }
            ? name
            : "";

    /// <summary>What distinguishes a line from earlier ones: its words, not its numbers.</summary>
    static string Words(LogEvent line, string? cause) => string.Join(
        '\n',
        line.Properties.Values.Select(value => (value as ScalarValue)?.Value)
            .Where(value => value is string or Guid)
            .Append(cause));

    /// <summary>What was written of a template in the pause that runs.</summary>
    sealed class Recent
    {
        readonly HashSet<string> _written = new(StringComparer.Ordinal);
        long? _since;
        long _leftOut;

        internal bool Admit(string words, long now, Func<long, bool> isOver)
        {
            if (_since is not { } since || isOver(since))
            {
                Forgive();
                _since = now;
            }

            if (_written.Count < MostOfATemplate && _written.Add(words))
            {
                return true;
            }

            _leftOut++;
            return false;
        }

        internal long TakeLeftOut()
        {
            var count = _leftOut;
            _leftOut = 0;
            return count;
        }

        internal void Forgive()
        {
            _written.Clear();
            _since = null;
        }
    }
}
