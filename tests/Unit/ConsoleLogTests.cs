using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace Reversals.Tests.Unit;

/// <summary>A console that nobody reads.</summary>
public sealed class ConsoleLogTests
{
    const int TooMany = 100;

    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public void Nobody_waits_for_it_what_is_too_much_is_dropped_and_the_next_line_says_how_much()
    {
        using var format = new StuckFormat();
        using var log = new ConsoleLog(format);
        log.Emit(Line());
        format.Stuck.Wait(Deadline, TestContext.Current.CancellationToken).ShouldBeTrue("a line is being written");
        for (var line = 0; line < ConsoleLog.MostWaiting + TooMany; line++)
        {
            log.Emit(Line());
        }

        log.DroppedLines.ShouldBe(TooMany);
        format.GoOn.Set();
        log.Dispose();
        format.Written.Count.ShouldBe(1 + ConsoleLog.MostWaiting, "the last ones come through at the end");
        format.Written.Count(line => line.Properties.ContainsKey(ConsoleLog.Dropped)).ShouldBe(1);
        ((ScalarValue)format.Written[1].Properties[ConsoleLog.Dropped]).Value.ShouldBe((long)TooMany);
    }

    [Fact]
    public void Its_end_does_not_wait_for_who_never_reads()
    {
        using var format = new StuckFormat();
        using (var log = new ConsoleLog(format))
        {
            log.Emit(Line());
            format.Stuck.Wait(Deadline, TestContext.Current.CancellationToken).ShouldBeTrue();
        }

        format.Written.ShouldBeEmpty();
        format.GoOn.Set();
    }

    static LogEvent Line() => new(
        DateTimeOffset.UnixEpoch, LogEventLevel.Information, exception: null,
        new MessageTemplateParser().Parse("text"), []);

    sealed class StuckFormat : ITextFormatter, IDisposable
    {
        internal ManualResetEventSlim Stuck { get; } = new();

        internal ManualResetEventSlim GoOn { get; } = new();

        internal List<LogEvent> Written { get; } = [];

        public void Dispose()
        {
            Stuck.Dispose();
            GoOn.Dispose();
        }

        public void Format(LogEvent logEvent, TextWriter output)
        {
            Stuck.Set();
            GoOn.Wait(Deadline);
            Written.Add(logEvent);
        }
    }
}
