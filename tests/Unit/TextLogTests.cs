using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Reversals.Processing.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;

namespace Reversals.Tests.Unit;

/// <summary>The log for people at a terminal: <c>Logging:Format=text</c>.</summary>
public sealed class TextLogTests
{
    const string Secret = "the-api-key-of-acme";

    [Fact]
    public void A_line_has_time_level_name_and_text()
    {
        var line = Written(log => Reversals.Processing.Telemetry.Log.Reading(log, "reversal-requested"));
        line.ShouldMatch(
            @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INF Reading: Reading ""?reversal-requested""?\n$");
    }

    [Fact]
    public void The_start_names_version_and_host()
    {
        var line = Written(log => Reversals.Processing.Telemetry.Log.Starting(
            log, "q", "mq", "pg", "acme", BuildInfo.Version, BuildInfo.Host));
        line.ShouldContain(Environment.MachineName);
        line.ShouldContain("1.0.0");
    }

    [Fact]
    public void A_secret_and_an_account_number_are_masked_and_a_line_feed_begins_no_line()
    {
#pragma warning disable CA1848, CA2254, CA1873 // a message that some library might write
        var line = Written(log => log.LogWarning(
            "{Text}", $"{Secret} 8573991234567890 first\n2026-01-01T00:00:00.000Z ERR forged"));
#pragma warning restore CA1848, CA2254, CA1873
        line.ShouldNotContain(Secret);
        line.ShouldNotContain("8573991234567890");
        line.Count(letter => letter == '\n').ShouldBe(1);
    }

    [Fact]
    public void An_error_and_what_the_text_does_not_show_stand_beside_it()
    {
#pragma warning disable CA1848, CA1873 // a message that some library might write
        var line = Written(
            log => log.LogError(new InvalidOperationException("broken " + Secret), "It failed"),
            enrich: line => line.AddOrUpdateProperty(new LogEventProperty("LeftOut", new ScalarValue(5))));
#pragma warning restore CA1848, CA1873
        line.ShouldContain("ERR It failed (LeftOut=5)\n");
        line.ShouldContain("InvalidOperationException: broken ***");
    }

    [Theory]
    [InlineData("json", true)]
    [InlineData("text", true)]
    [InlineData("xml", false)]
    [InlineData("", false)]
    public void The_format_is_json_or_text(string format, bool isRight)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Logging:Format"] = format,
                ["Logging:LogLevel:Default"] = "Information",
            }).Build();
        var read = () => WorkerConfiguration.ReadOnly(settings, "Logging");
        if (isRight)
        {
            read().Logging.Format.ShouldBe(format);
        }
        else
        {
            read.ShouldThrow<ConfigurationException>().Message.ShouldContain("Logging:Format: expected json or text");
        }
    }

    static string Written(Action<Microsoft.Extensions.Logging.ILogger> write, Action<LogEvent>? enrich = null)
    {
        using var output = new StringWriter();
        using var logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(
            new To(new TextFormatter(new MaskingFormatter([Secret])), output, enrich)).CreateLogger();
        using var factory = new SerilogLoggerFactory(logger);
        write(factory.CreateLogger("Source"));
        return output.ToString();
    }

    sealed class To(ITextFormatter format, TextWriter output, Action<LogEvent>? enrich) : ILogEventSink
    {
        public void Emit(LogEvent logEvent)
        {
            enrich?.Invoke(logEvent);
            format.Format(logEvent, output);
        }
    }
}
