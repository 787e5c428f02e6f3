using Microsoft.Extensions.Configuration;
using Reversals.Operations.Commands;

namespace Reversals.Tests.Unit;

/// <summary>Whatever a command is given, it ends with a sentence and 1, 2 or 3.</summary>
public sealed class UsageTests
{
    static readonly Dictionary<string, string?> Away = new(StringComparer.Ordinal)
    {
        ["ConnectionStrings:Postgres"] = "Host=127.0.0.1;Port=1;Username=x;Password=x;Database=x",
        ["ConnectionStrings:RabbitMq"] = "amqp://x:x@127.0.0.1:1/",
        ["Clients:acme:ApiKeys:0"] = Settings.Secret,
        ["Health:Port"] = "1",
    };

    [Fact]
    public async Task No_option_of_any_command_makes_nonsense_a_stack_trace()
    {
        var file = Path.GetTempFileName();
        // One set of commands for all: an option that several commands share remembers each that it was given to.
        using var output = new StringWriter();
        var context = Shell(output);
        var root = WorkerCommands.Create(context);
        var lines = Nonsense.Lines(root, file).ToList();
        lines.Count.ShouldBeGreaterThan(1_000);
        List<string> wrong = [];
        foreach (var line in lines)
        {
            output.GetStringBuilder().Clear();
            var code = await WorkerCommands.RunAsync(root, line, context, TestContext.Current.CancellationToken);
            var said = output.ToString();
            if (code is < 0 or > 3 || said.Contains("   at ", StringComparison.Ordinal)
                || said.Contains("mistake of the program", StringComparison.Ordinal)
                || (code > 0 && said.Length == 0))
            {
                var words = line.Select(word => word[..Math.Min(word.Length, 60)]);
                wrong.Add($"{code} {string.Join(' ', words)}: {said}");
            }
        }

        File.Delete(file);
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--limit: expected 1 to 1000000, found 'x'", "reconcile", "--limit", "x")]
    [InlineData("--limit: expected 1 to 1000000, found 'x'", "quarantine", "list", "--limit", "x")]
    [InlineData("--limit: expected 1 to 1000000, found '0'", "outbox", "list", "--limit", "0")]
    [InlineData("event_id: there is no option '--after' here",
        "event", "replay", "--after", "01a209a6-f224-733d-addc-b8f24dae001b", "--yes")]
    [InlineData("event_id: expected an event_id, a UUID, found '1h'", "event", "replay", "1h", "--yes")]
    [InlineData("row: expected a row's id as list shows it, found 'x'", "outbox", "retry", "x", "--yes")]
    [InlineData("row: expected a row's id as list shows it, found '-1'",
        "outbox", "retry", "--yes", "--", "-1")]
    [InlineData("id: expected a row's id as list shows it, found '0'", "quarantine", "show", "0")]
    [InlineData("--cause: expected one of BODY_TOO_LARGE", "quarantine", "list", "--cause", "NONSENSE")]
    [InlineData("SIGNATURE_INVALID", "quarantine", "replay", "--cause", "SIGNATURE", "--yes")]
    [InlineData("--since: expected a time such as", "quarantine", "list", "--since", "2147483647d")]
    [InlineData("--since: expected a time such as", "quarantine", "list", "--since", "1/2")]
    [InlineData("reference: there is no option '--verbose' here", "show", "--verbose")]
    [InlineData("reference: expected characters that can be seen, found U+0000", "show", "a\0b")]
    [InlineData("reference: expected a value, found nothing", "show", "")]
    [InlineData("--note: expected a value, found nothing",
        "quarantine", "discard", "1", "--note", " ", "--yes")]
    [InlineData("--as: expected a value, found nothing", "outbox", "retry", "--as", "", "--yes")]
    [InlineData("file: expected a file that can be read", "sign", "/no/such/file", "--client", "acme")]
    [InlineData("file: expected a file that can be read", "sign", "/", "--client", "acme")]
    [InlineData("--key-file: expected a file that can be read",
        "sign", "/dev/null", "--key-file", "/no/such/file")]
    [InlineData("--key-file: expected at least 8 characters", "sign", "/dev/null", "--key-file", "/dev/null")]
    [InlineData("file: expected at most", "sign", "/dev/zero", "--client", "acme")]
    [InlineData("--client with one of: acme", "sign", "/dev/null", "--client", "nobody")]
    public async Task Wrong_usage_says_what_is_expected_and_ends_with_2(string says, params string[] line)
    {
        var (code, said) = await RunAsync(line);
        said.ShouldContain(says);
        code.ShouldBe(2, said);
    }

    [Fact]
    public async Task A_reference_that_looks_like_an_option_stands_after_two_dashes() =>
        (await RunAsync("show", "--", "--x-12345")).Code
            .ShouldBe(3, "it is looked for, on a server that is away");

    [Fact]
    public async Task What_only_reads_the_health_names_its_settings_alone()
    {
        var (code, said) = await RunAsync(
            ["healthcheck", "live"], ("Health:Port", "x"), ("ConnectionStrings:Postgres", "x"));
        code.ShouldBe(2);
        said.ShouldContain("Health:Port: expected a number (Int32), found 'x'");
        said.ShouldNotContain("ConnectionStrings");
    }

    static Task<(int Code, string Said)> RunAsync(params string[] line) => RunAsync(line, []);

    static async Task<(int Code, string Said)> RunAsync(
        string[] line, params (string Setting, string Value)[] changes)
    {
        using var said = new StringWriter();
        var code = await WorkerCommands.RunAsync(line, Shell(said, changes), TestContext.Current.CancellationToken);
        return (code, said.ToString());
    }

    static CommandContext Shell(StringWriter? said = null, params (string Setting, string Value)[] changes) => new()
    {
        RunWorkerAsync = Worker.WorkerHost.RunAsync,
        Configuration = () => new ConfigurationBuilder().AddInMemoryCollection(Away)
            .AddInMemoryCollection(
                changes.Select(one => KeyValuePair.Create(one.Setting, (string?)one.Value)))
            .Build(),
        In = TextReader.Null,
        Out = said ?? TextWriter.Null,
        Error = said ?? TextWriter.Null,
        CanAsk = false,
        IsScreen = false,
    };
}
