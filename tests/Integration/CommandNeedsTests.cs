using System.Globalization;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// On the machine of an operator there is a password of the database and nothing else: no client's key, no
/// address of the broker, and perhaps a setting of the worker that is wrong. Each command needs what it uses.
/// </summary>
public sealed class CommandNeedsTests(Servers servers) : ServerTest(servers)
{
    const string Applied = "request-1";

    [Theory]
    [InlineData("show request-1")]
    [InlineData("status")]
    [InlineData("quarantine list")]
    [InlineData("quarantine show 1")]
    [InlineData("quarantine discard 1 --note x --yes")]
    [InlineData("outbox list")]
    [InlineData("outbox retry --yes")]
    [InlineData("pending list")]
    [InlineData("pause --note x --yes")]
    [InlineData("event list")]
    [InlineData("audit")]
    [InlineData("reconcile")]
    [InlineData("migrate --list")]
    public async Task This_one_needs_the_rights_of_reversal_operator_alone(string command)
    {
        await SeedAsync();
        var run = await VerbRun.OfAsync(await OfOperatorAsync(), command);
        run.ShouldEndWith(0).Error.ShouldNotContain("configuration");
        run.Out.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task To_publish_an_event_again_needs_the_rights_of_reversal_operator_alone()
    {
        var answered = await SeedAsync();
        (await VerbRun.OfAsync(await OfOperatorAsync(), $"event replay {answered.EventId} --yes"))
            .ShouldEndWith(0).Out.ShouldContain("1 on their way");
    }

    [Fact]
    public async Task A_replay_from_the_quarantine_needs_both_servers_and_the_keys()
    {
        await SeedAsync();
        var settings = await OfOperatorAsync();
        (await VerbRun.OfAsync(settings, "quarantine replay 1 --yes")).ShouldEndWith(2)
            .Error.ShouldContain("ConnectionStrings:RabbitMq");
        settings["ConnectionStrings:RabbitMq"] = Box.Settings["ConnectionStrings:RabbitMq"];
        (await VerbRun.OfAsync(settings, "quarantine replay 1 --yes")).ShouldEndWith(2)
            .Error.ShouldContain("Clients:");
        settings[$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key;
        // It was never signed, so it stays: that is what the command finds, and no setting stops it.
        (await VerbRun.OfAsync(settings, "quarantine replay 1 --yes")).ShouldEndWith(1)
            .Out.ShouldContain("would be refused again");
    }

    [Theory]
    [InlineData("topology deploy --yes")]
    [InlineData("topology diff")]
    public async Task This_one_needs_the_address_of_the_broker_alone(string command)
    {
        await Box.DeployTopologyAsync();
        (await VerbRun.OfAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["ConnectionStrings:RabbitMq"] = Box.Settings["ConnectionStrings:RabbitMq"],
            },
            command)).ShouldEndWith(0);
    }

    [Theory]
    [InlineData("sign")]
    [InlineData("verify")]
    public async Task This_one_needs_the_keys_of_one_client_alone(string command)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{}", Stop);
        var words = command is "sign" ? command : $"{command} {Signature.Compute("{}"u8, Some.Key)}";
        (await VerbRun.OfAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                [$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key,
            },
            $"{words} {file}")).ShouldEndWith(0);
        File.Delete(file);
    }

    [Fact]
    public async Task The_health_of_a_worker_needs_its_port_alone()
    {
        var worker = await Box.StartWorkerAsync();
        (await VerbRun.OfAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Health:Port"] = worker.Port.ToString(CultureInfo.InvariantCulture),
            },
            "healthcheck ready")).ShouldEndWith(0);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("demo")]
    public async Task This_one_needs_servers_and_keys_and_names_what_is_missing(string command)
    {
        var error = (await VerbRun.OfAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal), command)).ShouldEndWith(2).Error;
        foreach (var name in (string[])["ConnectionStrings:Postgres", "ConnectionStrings:RabbitMq", "Clients"])
        {
            error.ShouldContain(name);
        }
    }

    async Task<Dictionary<string, string?>> OfOperatorAsync()
    {
        var roles = await Box.UseRolesAsync();
        return new(StringComparer.OrdinalIgnoreCase)
        {
            ["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator),
            ["Batching:Limit"] = "no number",
        };
    }

    async Task<Heard> SeedAsync()
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P1", 10_000);
        await Box.StartWorkerAsync();
        var answered = await Box.AskAsync(Some.Request("P1", Applied));
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        await Box.Books.QuarantinedAsync(1);
        await Box.Books.OutboxEmptyAsync();
        await Box.StopWorkersAsync();
        return answered;
    }
}
