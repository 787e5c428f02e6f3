using System.Net.Sockets;

namespace Reversals.Tests.Integration;

/// <summary>The program as it is delivered, in a process of its own.</summary>
public sealed class ProcessTests(Servers servers) : ServerTest(servers)
{
    [Theory]
    [InlineData("", "", "ConnectionStrings:Postgres")]
    [InlineData("ConnectionStrings:RabbitMq", "http://localhost/", "ConnectionStrings:RabbitMq")]
    [InlineData("Clients:acme:ApiKeys:0", "short", "Clients:acme:ApiKeys:0")]
    [InlineData("Clients:acme:ReversalWindow", "soon", "Clients:acme:ReversalWindow")]
    [InlineData("Batching:Limits", "500", "Batching:Limits")]
    [InlineData("Health:Port", "0", "Health:Port")]
    [InlineData("ConnectionStrings:RabbitMq", "amqp://u:p@localhost/pay/prod", "write it as %2F")]
    [InlineData("SECRETS_DIR", "sec", "SECRETS_DIR: expected the full path of a folder")]
    [InlineData("SECRETS_DIR", "/nosuch", "SECRETS_DIR: expected the full path of a folder")]
    [InlineData("SECRETS_DIR", "/etc/passwd", "SECRETS_DIR: expected the full path of a folder")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "OTEL_EXPORTER_OTLP_ENDPOINT: expected")]
    [InlineData("Clients:globex:ApiKeys:0", Some.Key, "Clients:globex:ApiKeys:0: expected a key of its own")]
    [InlineData("Health:Address", "192.0.2.1", "Health:Address, Health:Port: expected an address of this")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Port=99999", "found Port 99999")]
    public async Task A_wrong_configuration_is_named_and_ends_the_process_with_2(
        string variable, string value, string setting)
    {
        Dictionary<string, string?> settings = variable.Length == 0 ? [] : Box.ProcessSettings();
        settings[variable] = value;
        settings.Remove("");
        using var worker = WorkerProcess.Start(["run"], settings);
        await worker.EndAsync(seconds: 10);
        worker.Error.ShouldContain(setting);
        worker.Error.ShouldNotContain("   at ", Case.Sensitive, "a stack trace mends no setting");
        worker.ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task A_port_that_somebody_else_has_is_named_and_ends_the_process_with_2()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var settings = Box.ProcessSettings();
        settings["Health:Port"] = port;
        using var worker = WorkerProcess.Start(["run"], settings);
        await worker.EndAsync();
        worker.Error.ShouldContain($":{port}: address already in use");
        worker.Error.ShouldContain("Choose another Health:Port");
        worker.ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Migrate_says_that_the_server_is_down_and_ends_with_3()
    {
        var settings = Box.ProcessSettings();
        settings["ConnectionStrings:Postgres"] =
            "Host=127.0.0.1;Port=1;Username=x;Password=secret-word;Database=x";
        using var worker = WorkerProcess.Start(["migrate"], settings);
        await worker.EndAsync();
        worker.Error.ShouldContain("A server does not answer");
        worker.Error.ShouldNotContain("secret-word");
        worker.ExitCode.ShouldBe(3);
    }

    [Fact]
    public async Task The_process_answers_and_ends_with_0_when_it_is_asked_to_end()
    {
        using var worker = Box.StartProcess();
        await Until.TrueAsync(() => Box.Broker.HasQueueAsync(Wire.RequestQueue), "it makes its queue");
        await Box.Broker.ReadByAsync(1);
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
        await worker.TerminateAsync();
        worker.ExitCode.ShouldBe(0);
        worker.Error.ShouldBeEmpty();
        worker.Output.ShouldContain("Stopped");
        worker.Output.ShouldNotContain(Some.Key);
    }
}
