using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Reversals.AppHost;

namespace Reversals.Tests.AppHost;

/// <summary>What `make dev` would start, without starting it.</summary>
public class ModelTests
{
    readonly IReadOnlyList<IResource> _resources = Model();

    static IReadOnlyList<IResource> Model(params string[] settings)
    {
        var builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { DisableDashboard = true, Args = settings });
        DeveloperHost.Add(builder);
        return [.. builder.Resources];
    }

    IResource Named(string name) =>
        _resources.Single(one => string.Equals(one.Name, name, StringComparison.Ordinal));

    string WaitsFor(string name, WaitType how) =>
        string.Join(' ', Named(name).Annotations.OfType<WaitAnnotation>().Where(one => one.WaitType == how)
            .Select(one => one.Resource.Name).Order(StringComparer.Ordinal));

    async Task<Dictionary<string, string>> VariablesOfAsync(string name)
    {
        var variables = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var set in Named(name).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            var publishing =
                new DistributedApplicationExecutionContext(DistributedApplicationOperation.Publish);
            await set.Callback(new EnvironmentCallbackContext(publishing, variables));
        }

        return variables.ToDictionary(
            one => one.Key,
            one => (one.Value as IManifestExpressionProvider)?.ValueExpression ?? $"{one.Value}",
            StringComparer.Ordinal);
    }

    [Fact]
    public void Both_servers_and_every_program_are_there() =>
        new[] { "postgres", "reversal", "rabbitmq", "migrate", "worker", "gateway", "demo" }
            .Except(_resources.Select(one => one.Name), StringComparer.Ordinal).ShouldBeEmpty();

    [Theory]
    [InlineData("postgres", "POSTGRES_IMAGE")]
    [InlineData("rabbitmq", "RABBITMQ_IMAGE")]
    public void An_image_is_named_as_for_docker_compose(string server, string variable) =>
        Model($"--{variable}=others/{server}:1")
            .Single(one => string.Equals(one.Name, server, StringComparison.Ordinal))
            .Annotations.OfType<ContainerImageAnnotation>().Select(one => $"{one.Image}:{one.Tag}")
            .ShouldBe([$"others/{server}:1"]);

    [Fact]
    public void The_worker_starts_once_the_schema_is_there_and_the_broker_is_well()
    {
        WaitsFor("migrate", WaitType.WaitUntilHealthy).ShouldBe("postgres reversal");
        WaitsFor("worker", WaitType.WaitForCompletion).ShouldBe("migrate");
        WaitsFor("worker", WaitType.WaitUntilHealthy).ShouldBe("rabbitmq");
        WaitsFor("gateway", WaitType.WaitUntilHealthy).ShouldBe("worker");
    }

    [Fact]
    public async Task The_worker_gets_both_servers_and_the_gateway_no_database()
    {
        var worker = await VariablesOfAsync("worker");
        worker["ConnectionStrings__Postgres"].ShouldBe("{reversal.connectionString}");
        worker["ConnectionStrings__RabbitMq"].ShouldBe("{rabbitmq.connectionString}");
        var gateway = await VariablesOfAsync("gateway");
        gateway["ConnectionStrings__RabbitMq"].ShouldBe("{rabbitmq.connectionString}");
        gateway.ContainsKey("ConnectionStrings__Postgres").ShouldBeFalse();
    }

    [Fact]
    public async Task Both_know_the_key_of_the_same_client()
    {
        foreach (var name in new[] { "worker", "gateway", "demo" })
        {
            (await VariablesOfAsync(name))["Clients__demo__ApiKeys__0"].ShouldBe(DeveloperHost.ApiKey);
        }
    }

    [Fact]
    public async Task Health_page_and_callers_have_ports_of_their_own_by_the_names_of_the_settings()
    {
        (await PortsAsync("worker")).ShouldBe("health:Health__Port page:Page__Port");
        (await PortsAsync("gateway")).ShouldBe("health:Health__Port http:Http__Port");
    }

    /// <summary>Each endpoint with the setting that gets its port.</summary>
    async Task<string> PortsAsync(string name)
    {
        var ports = (await VariablesOfAsync(name))
            .Where(one => one.Key.EndsWith("__Port", StringComparison.Ordinal))
            .Select(one => $"{one.Value.Split('.')[2]}:{one.Key}");
        Named(name).Annotations.OfType<EndpointAnnotation>().Count().ShouldBe(ports.Count());
        return string.Join(' ', ports.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_demo_waits_for_a_person() =>
        Named("demo").Annotations.OfType<ExplicitStartupAnnotation>().ShouldHaveSingleItem();

    [Fact]
    public void Each_button_is_a_command_on_the_worker()
    {
        var offered = Named("worker").Annotations.OfType<ResourceCommandAnnotation>().Select(one => one.Name);
        Buttons.All.Select(one => one.Name).Except(offered, StringComparer.Ordinal).ShouldBeEmpty();
        Buttons.All.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task Each_button_is_a_command_that_the_worker_knows()
    {
        foreach (var button in Buttons.All)
        {
            var usage = $"reversal-worker {string.Join(' ', button.Arguments)} [";
            (await HelpAsync(button.Arguments)).ShouldContain(usage);
        }

        (await HelpAsync(["statistics"])).ShouldNotContain("reversal-worker statistics [");
    }

    static async Task<string> HelpAsync(IReadOnlyList<string> command)
    {
        var worker = Path.GetFullPath(Path.Combine(
            Path.GetDirectoryName(Programs.Worker)!, "bin/Release/net10.0/reversal-worker"));
        using var process = Process.Start(new ProcessStartInfo(worker, [.. command, "--help"])
        {
            UseShellExecute = false, RedirectStandardOutput = true,
        })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return text;
    }

    [Fact]
    public void A_button_gives_the_command_both_servers_and_its_arguments()
    {
        var start = new WorkerCommand("Host=a", "amqp://b").StartInfo(["outbox", "list"]);
        start.ArgumentList.TakeLast(3).ShouldBe(["--", "outbox", "list"]);
        string.Join(' ', start.ArgumentList).ShouldContain("--configuration Release ");
        start.Environment["ConnectionStrings__Postgres"].ShouldBe("Host=a");
        start.Environment["ConnectionStrings__RabbitMq"].ShouldBe("amqp://b");
    }

    [Fact]
    public void The_programs_are_where_it_looks_for_them()
    {
        File.Exists(Programs.Worker).ShouldBeTrue(Programs.Worker);
        File.Exists(Programs.Gateway).ShouldBeTrue(Programs.Gateway);
    }

    [Fact]
    public void The_dashboard_listens_on_the_loopback_only()
    {
        var settings = File.ReadAllText(Path.GetFullPath(Path.Combine(
            Path.GetDirectoryName(Programs.Worker)!, "../../deploy/AppHost/Properties/launchSettings.json")));
        var profile = JsonDocument.Parse(settings).RootElement
            .GetProperty("profiles").GetProperty("developer");
        var variables = profile.GetProperty("environmentVariables");
        profile.GetProperty("applicationUrl").GetString().ShouldBe("http://localhost:18888");
        variables.GetProperty("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL").GetString()
            .ShouldBe("http://localhost:18889");
        variables.GetProperty("ASPIRE_ALLOW_UNSECURED_TRANSPORT").GetString().ShouldBe("true");
    }
}
