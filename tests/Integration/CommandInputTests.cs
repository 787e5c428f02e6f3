using Microsoft.Extensions.Configuration;
using Reversals.Operations.Commands;

namespace Reversals.Tests.Integration;

/// <summary>Commands on servers that answer: what they are given, and what they show of it.</summary>
public sealed class CommandInputTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Nonsense_in_any_option_ends_with_a_sentence_and_harms_nothing()
    {
        await Box.DeployTopologyAsync();
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        var before = await Box.Books.SnapshotAsync();
        var file = Path.GetTempFileName();
        List<string> wrong = [];
        // What is refused before a server is asked is so too on servers that are away, where all is tried.
        var root = WorkerCommands.Create(Shell(TextWriter.Null));
        string[] tried = ["show", "quarantine", "outbox", "event", "reconcile"];
        foreach (var line in Nonsense.Lines(root, file).Where(line => tried.Contains(line[0])
            && root.Parse(line) is { Errors.Count: 0 } parsed && !Usage.Problems(parsed).Any()))
        {
            await using var said = new StringWriter();
            var code = await WorkerCommands.RunAsync(line, Shell(said), Stop);
            if (code is < 0 or > 2 || said.ToString() is var text
                && (text.Contains("   at ") || text.Contains("mistake of the program") || text.Contains("22021")))
            {
                wrong.Add($"{code} {string.Join(' ', line.Select(word => word[..Math.Min(60, word.Length)]))}: {said}");
            }
        }

        File.Delete(file);
        wrong.ShouldBeEmpty();
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("reconcile", "--limit", "x")]
    [InlineData("quarantine", "list", "--limit", "x")]
    [InlineData("event", "replay", "--since", "x", "--yes")]
    [InlineData("quarantine", "list", "--cause", "NONSENSE")]
    [InlineData("sign", "/")]
    public async Task The_program_itself_ends_with_2_on_wrong_usage(params string[] line)
    {
        using var process = WorkerProcess.Start(line, Box.Settings);
        await process.EndAsync(seconds: 20);
        process.ExitCode.ShouldBe(2, process.Error);
        (process.Error + process.Output).ShouldNotContain("   at ");
    }

    [Theory]
    [Each("postgres", "b", "schema", "settings", "detail", "127")]
    public async Task A_password_that_is_a_common_word_tears_no_document_to_pieces(string password)
    {
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!["Client-Id"] = password);
        await Box.StartWorkerAsync();
        await Box.Books.QuarantinedAsync(1);
        await Box.StopWorkersAsync();
        var roles = await Box.UseRolesAsync(password);
        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator);
        var address = new NpgsqlConnectionStringBuilder(Box.Settings["ConnectionStrings:Postgres"]);

        var check = (await RunAsync("check --json")).ShouldEndWith(0).Json;
        check.EnumerateArray().Select(one => one.GetProperty("what").GetString())
            .ShouldBe(
            [
                "settings", "postgresql", "schema", "commit", "rabbitmq", "subscribers", "alarms", "workers",
            ]);
        check[1].GetProperty("detail").GetString().ShouldStartWith(
            $"{address.Host}:{address.Port}/{address.Database} answers, version ");
        check[1].GetProperty("detail").GetString()!.ShouldEndWith($", as {address.Username}");
        (await RunAsync("check")).Out.ShouldNotContain("***");

        var status = (await RunAsync("status --json")).ShouldEndWith(0).Json;
        status.GetProperty("status").GetProperty("quarantine")[0].GetProperty("cause").GetString()
            .ShouldBe("CLIENT_UNKNOWN");
        // What a stranger sent is masked where it is a secret.
        (await RunAsync("quarantine list --json")).ShouldEndWith(0).Json
            .GetProperty("entries")[0].GetProperty("client_id").GetString().ShouldBe("***");
    }

    [Fact]
    public async Task What_cannot_be_seen_in_a_field_is_shown_as_its_code()
    {
        await Box.DeployTopologyAsync();
        var tag = "red\U000e0041\u202e";
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!["Client-Id"] = tag);
        await Box.StartWorkerAsync();
        await Box.Books.QuarantinedAsync(1);

        (await RunAsync("quarantine show 1")).ShouldEndWith(0)
            .Out.ShouldContain(@"red\U000e0041\u202e");
        var json = (await RunAsync("quarantine show 1 --json")).ShouldEndWith(0);
        json.Out.ShouldAllBe(one => one == '\n' || (one >= ' ' && one <= '~'));
        JsonElement.Parse(json.Out).GetProperty("client_id").GetString().ShouldBe(tag);
    }

    [Fact]
    public async Task A_virtual_host_with_a_slash_is_written_with_its_code()
    {
        var name = $"it/{Guid.CreateVersion7():N}";
        await Box.ControlAsync("add_vhost", name);
        try
        {
            var address = new UriBuilder(Box.Settings["ConnectionStrings:RabbitMq"]!);
            await Box.ControlAsync("set_permissions", "-p", name, address.UserName, ".*", ".*", ".*");
            Box.Settings["ConnectionStrings:RabbitMq"] = address.Uri.GetLeftPart(UriPartial.Authority)
                + "/" + Uri.EscapeDataString(name);
            await Box.StartWorkerAsync();

            (await RunAsync("check")).ShouldEndWith(0).Out.ShouldContain("1 read");
        }
        finally
        {
            await Box.StopWorkersAsync();
            await Box.ControlAsync("delete_vhost", name);
        }
    }

    CommandContext Shell(TextWriter said) => VerbRun.Context(Box.Settings, said, said);
}
