using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Sinks.Async;

namespace Reversals.Hosting;

/// <summary>
/// Writes lines to the console from a thread of its own. When nobody reads them (a full pipe, a disk that
/// hangs) they are dropped and counted, and no message waits; the next line that gets through says how many
/// as <c>Dropped</c>.
/// </summary>
sealed class ConsoleLog : ILogEventSink, IAsyncLogEventSinkMonitor, IDisposable
{
    internal const string Dropped = "Dropped";

    /// <summary>Lines that wait to be written: some MiB at the most.</summary>
    internal const int MostWaiting = 2_000;

    /// <summary>How long the last lines may take at the end.</summary>
    static readonly TimeSpan LastLines = TimeSpan.FromSeconds(2);

#pragma warning disable CA2213 // It is disposed of, by a thread that may have to be left behind.
    readonly Logger _queue;
#pragma warning restore CA2213
    readonly Action<long>? _countDropped;
    IAsyncLogEventSinkInspector? _inspector;
    long _counted;
    long _told;

    /// <param name="format">Makes a line of an event.</param>
    /// <param name="countDropped">Counts the lines that nobody read in time; null: nobody does.</param>
    internal ConsoleLog(ITextFormatter format, Action<long>? countDropped = null)
    {
        _countDropped = countDropped;
        _queue = new LoggerConfiguration()
            .WriteTo.Async(
                to => to.Console(new Telling(this, format)), MostWaiting, blockWhenFull: false, monitor: this)
            .CreateLogger();
    }

    /// <summary>Lines that nobody read in time, since the start.</summary>
    internal long DroppedLines => _inspector?.DroppedMessagesCount ?? 0;

    public void Emit(LogEvent logEvent)
    {
        _queue.Write(logEvent);
        var dropped = DroppedLines;
        if (dropped - Interlocked.Exchange(ref _counted, dropped) is > 0 and var more)
        {
            _countDropped?.Invoke(more);
        }
    }

    public void StartMonitoring(IAsyncLogEventSinkInspector inspector) => _inspector = inspector;

    public void StopMonitoring(IAsyncLogEventSinkInspector inspector)
    {
        // What was dropped stays counted.
    }

    /// <summary>A thread that stands in a write to a full pipe is left behind.</summary>
    public void Dispose()
    {
        var end = new Thread(_queue.Dispose) { IsBackground = true };
        end.Start();
        end.Join(LastLines);
    }

    /// <summary>Runs on the thread that writes.</summary>
    sealed class Telling(ConsoleLog log, ITextFormatter format) : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            if (log.DroppedLines - log._told is > 0 and var dropped)
            {
                log._told += dropped;
                logEvent.AddOrUpdateProperty(new LogEventProperty(Dropped, new ScalarValue(dropped)));
            }

            format.Format(logEvent, output);
        }
    }
}
