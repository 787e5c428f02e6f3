using Reversals.Processing.Telemetry;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace Reversals.Tests.Unit;

/// <summary>How often a line is written, and what of an error.</summary>
public sealed class BoundedLogTests : IDisposable
{
    readonly HandClock _clock = new();
    readonly Lines _lines = new();
    readonly BoundedLog _log;

    public BoundedLogTests() => _log = new BoundedLog(_lines, _clock, ServerErrors.IsOfServer);

    public void Dispose() => _log.Dispose();

    [Fact]
    public void What_differs_in_numbers_only_is_written_once_in_ten_seconds_and_says_how_many_were_left_out()
    {
        for (var attempt = 1; attempt <= 2_000; attempt++)
        {
            Warn("A batch of {Size} failed", attempt, "one.Source");
        }

        _lines.Written.Count.ShouldBe(1);
        _clock.Pass(TimeSpan.FromSeconds(10));
        Warn("A batch of {Size} failed", 7, "one.Source");
        _lines.Written.Count.ShouldBe(2);
        Value(_lines.Written[1], BoundedLog.LeftOut).ShouldBe(1_999L);
    }

    [Fact]
    public void Of_one_template_five_different_lines_are_written_in_ten_seconds_and_others_are_not_affected()
    {
        for (var client = 1; client <= 100; client++)
        {
            Warn("Refused {Client}", $"client-{client}", "one.Source");
        }
        Warn("Something else of {Client}", "client-1", "one.Source");
        _lines.Written.Count.ShouldBe(BoundedLog.MostOfATemplate + 1);
    }

    [Fact]
    public void After_a_change_for_the_better_the_same_problem_is_news()
    {
        Warn("{What} is away", "PostgreSQL", "one.Source");
        Write(LogEventLevel.Information, "Reading", 0, "one.Source", error: null);
        Warn("{What} is away", "PostgreSQL", "one.Source");
        Write(LogEventLevel.Information, "Reading", 0, "another.Source", error: null);
        Warn("{What} is away", "PostgreSQL", "one.Source");

        _lines.Written.Select(line => line.MessageTemplate.Text).ShouldBe(
            ["{What} is away", "Reading", "{What} is away", "Reading"]);
    }

    [Fact]
    public void An_error_is_a_cause_and_its_stack_follows_at_most_once_a_minute()
    {
        var error = new PostgresException("value too long", "ERROR", "ERROR", "22001");
        for (var second = 0; second <= 70; second += 10)
        {
            Write(LogEventLevel.Error, "Fails", 1, "one.Source", new InvalidOperationException("outer", error));
            _clock.Pass(TimeSpan.FromSeconds(10));
        }

        _lines.Written.Count.ShouldBe(8);
        _lines.Written.ShouldAllBe(line => Value(line, BoundedLog.Cause)!.Equals("22001: value too long"));
        _lines.Written.Count(line => line.Exception is not null).ShouldBe(2);
    }

    [Fact]
    public void A_server_that_is_away_has_no_stack()
    {
        Exception[] errors =
        [
            new NpgsqlException("Failed to connect", new IOException("refused")),
            new PostgresException("starting up", "FATAL", "FATAL", PostgresErrorCodes.CannotConnectNow),
            new RabbitMQ.Client.Exceptions.BrokerUnreachableException(new IOException("reset")),
            new MassTransit.ConnectionException("gone"),
            new TimeoutException("late"),
        ];
        foreach (var error in errors)
        {
            Write(LogEventLevel.Warning, "Away", 1, "one.Source", error);
        }

        _lines.Written.Count.ShouldBe(errors.Length);
        _lines.Written.ShouldAllBe(line => line.Exception == null);
        _lines.Written.ShouldAllBe(line => Value(line, BoundedLog.Cause) != null);
    }

    [Fact]
    public void An_error_of_any_length_is_a_line_of_a_bounded_one()
    {
        Write(LogEventLevel.Warning, "Fails", 1, "one.Source", new FormatException(new string('x', 1_000_000)));
        ((string)Value(_lines.Written[0], BoundedLog.Cause)!).Length.ShouldBeLessThan(600);
    }

    void Warn(string template, object value, string source) =>
        Write(LogEventLevel.Warning, template, value, source, error: null);

    void Write(LogEventLevel level, string template, object value, string source, Exception? error) =>
        _log.Emit(new LogEvent(
            _clock.GetUtcNow(), level, error, new MessageTemplateParser().Parse(template),
            [
                new LogEventProperty("Value", new ScalarValue(value)),
                new LogEventProperty(Constants.SourceContextPropertyName, new ScalarValue(source)),
            ]));

    static object? Value(LogEvent line, string name) =>
        line.Properties.TryGetValue(name, out var value) ? ((ScalarValue)value).Value : null;

    sealed class Lines : ILogEventSink
    {
        internal List<LogEvent> Written { get; } = [];

        public void Emit(LogEvent logEvent) => Written.Add(logEvent);
    }
}
