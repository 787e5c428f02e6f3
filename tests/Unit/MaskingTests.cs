using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Reversals.Tests.Unit;

/// <summary>No secret and no whole account number reaches the log, whatever way it came in.</summary>
public sealed class MaskingTests
{
    [Theory]
    [Each(
        "acme-key-1", "pass word", "pa\"ss\\word", "line\nbreak", "tab\tand+plus&more<>'", "kunci-é-😀",
        "a+b/c==\"", "p@ss:w/rd%40")]
    public void A_secret_is_masked_in_messages_properties_and_exceptions(string secret)
    {
        var line = Write([secret], log =>
        {
            var inner = new IOException($"inner {secret}");
            var error = new InvalidOperationException($"refused: {secret}.", inner);
            log.Error(error, "Cannot use {Password}; tried {Tried}", secret, new[] { $"x{secret}x" });
        });

        line.ShouldContain("***");
        foreach (var spelling in Spellings(secret))
        {
            line.ShouldNotContain(spelling, Case.Sensitive);
        }
    }

    [Fact]
    public void A_secret_inside_a_longer_one_leaves_nothing_of_the_longer_one()
    {
        const string line = "first=guest second=guest-of-honour";
        Clean(line, "guest", "guest-of-honour").ShouldBe("first=*** second=***");
        Clean(line, "guest-of-honour", "guest").ShouldBe("first=*** second=***");
    }

    [Fact]
    public void An_empty_secret_masks_nothing() => Clean("all is well", "").ShouldBe("all is well");

    [Theory]
    [InlineData("8573991234567890", "***7890")]
    [InlineData("1234567890", "***7890")]
    [InlineData("123456789012345", "***2345")]
    [InlineData("\"va_number\":\"8573991234567890\"", "\"va_number\":\"***7890\"")]
    [InlineData("(va_number)=(8573991234567890) exists", "(va_number)=(***7890) exists")]
    [InlineData("from 8573991234567890 to 8573990000000001", "from ***7890 to ***0001")]
    [InlineData("8573991234567890,1234567890;x", "***7890,***7890;x")]
    [InlineData("va=8573991234567890&x", "va=***7890&x")]
    [InlineData("The payment was made on 8573991234567890.", "The payment was made on ***7890.")]
    [InlineData("8573991234567890\\n at", "***7890\\n at")]
    public void An_account_number_keeps_its_last_four_digits(string line, string clean) =>
        Clean(line).ShouldBe(clean);

    [Theory]
    [Each(
        "123456789", "12345678901234567", "2026-03-01T03:00:00.1234567Z", "0.1234567890123456",
        "019ca7b4-1d80-7000-8000-012345678901", "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")]
    public void What_is_no_account_number_stays(string line) => Clean(line).ShouldBe(line);

    [Fact]
    public void A_line_is_one_line_of_JSON_whatever_is_masked()
    {
        var line = Write(
            ["secret-1"], log => log.Information("Paid on {VaNumber} with {Key}", Some.VaNumber, "secret-1"));

        line.ShouldEndWith("\n");
        line.TrimEnd().ShouldNotContain('\n');
        var json = System.Text.Json.JsonElement.Parse(line);
        json.GetProperty("VaNumber").GetString().ShouldBe("***7890");
        json.GetProperty("Key").GetString().ShouldBe("***");
        json.GetProperty("@m").GetString()!.ShouldNotContain("123456");
    }

    [Theory]
    [InlineData("postgres", "postgresql answers", "postgresql answers")]
    [InlineData("postgres", "db:5432/postgres", "db:5432/***")]
    [InlineData("rabbitmq", "rabbitmqctl of rabbitmq", "rabbitmqctl of ***")]
    [InlineData("b", "a b, reversal_b, abbot", "a b, reversal_b, abbot")]
    [InlineData("b", "b", "***")]
    [InlineData("b", "Host=db;Password=b;Database=b", "Host=db;***;Database=b")]
    [InlineData("b", "amqp://u:b@host", "amqp://u***host")]
    [InlineData("1", "attempt 1 of 11", "attempt 1 of 11")]
    [InlineData("s3cr3t-1", "xs3cr3t-1x", "x***x")]
    public void A_secret_that_is_a_common_word_does_not_tear_a_text_to_pieces(
        string secret, string text, string clean) => Clean(text, secret).ShouldBe(clean);

    [Theory]
    [Each("b", "t", "@m", "@t", "Name", "postgres", "\"", ":")]
    public void A_line_stays_one_of_JSON_with_its_names_whatever_the_password_is(string secret)
    {
        var line = System.Text.Json.JsonElement.Parse(Write(
            [secret], log => log.Information("Paid {Name} at {postgres}", "best", new[] { secret })));
        line.EnumerateObject().Select(one => one.Name).ShouldBe(["@t", "@m", "@i", "Name", "postgres"]);
        line.GetProperty("Name").GetString().ShouldBe("best");
        line.GetProperty("@t").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
        line.GetProperty("postgres")[0].GetString().ShouldBe("***");
    }

    static string Clean(string line, params string[] secrets) => new MaskingFormatter(secrets).Clean(line);

    /// <summary>A secret as it is, and as every JSON writer at hand would spell it.</summary>
    static IEnumerable<string> Spellings(string secret)
    {
        using var serilog = new StringWriter();
        Serilog.Formatting.Json.JsonValueFormatter.WriteQuotedJsonString(secret, serilog);
        return
        [
            secret,
            serilog.ToString()[1..^1],
            System.Text.Json.JsonEncodedText.Encode(secret).ToString(),
            System.Text.Json.JsonEncodedText.Encode(
                secret, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
        ];
    }

    static string Write(string[] secrets, Action<ILogger> write)
    {
        using var output = new StringWriter();
        using var log = new LoggerConfiguration().WriteTo
            .Sink(new Lines(new MaskingFormatter(secrets), output)).CreateLogger();
        write(log);
        return output.ToString();
    }

    sealed class Lines(ITextFormatter formatter, TextWriter output) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => formatter.Format(logEvent, output);
    }
}
