namespace Reversals.Tests.Integration;

/// <summary>Who the worker is to RabbitMQ when it shows a certificate.</summary>
public sealed class ClientCertificateTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string Host = "localhost";

    readonly Servers _servers = servers;
    readonly Authority _authority = new();

    [Fact]
    public async Task A_worker_without_a_password_signs_in_with_its_certificate_on_all_its_connections()
    {
        using var files = _authority.IssueToClient(users.NameOf(BrokerUsers.Worker));
        await EncryptAsync(files, user: "");
        await Box.Books.PaidAsync("P1", 10_000);

        var worker = await Box.StartWorkerAsync();

        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
        (await worker.ReadyAsync()).Problem.ShouldBeNull();
        string[] connections = [];
        await Until.TrueAsync(
            async () =>
            {
                connections =
                [
                    .. (await _servers.ControlAsync(
                        ["list_connections", "--silent", "user", "auth_mechanism", "ssl", "client_properties"]))
                        .Split('\n').Where(line =>
                            line.StartsWith(users.NameOf(BrokerUsers.Worker), StringComparison.Ordinal)),
                ];
                return connections.Length == 5;
            },
            "one reads, one reads previews, one publishes each kind of event, and one answers gateways");
        connections.ShouldAllBe(line => line.Contains("EXTERNAL\ttrue"));
    }

    [Fact]
    public async Task With_a_user_in_the_address_the_certificate_is_shown_and_the_password_decides()
    {
        using var files = _authority.IssueToClient("whoever");
        await EncryptAsync(files, new Uri(Box.Settings["ConnectionStrings:RabbitMq"]!).UserInfo + "@");
        var worker = await Box.StartWorkerAsync();
        (await worker.ReadyAsync()).Problem.ShouldBeNull();
    }

    [Fact]
    public async Task A_certificate_whose_name_is_no_user_is_named_as_the_problem()
    {
        using var files = _authority.IssueToClient("nobody");
        await EncryptAsync(files, user: "");
        var worker = await Box.StartUnreadyWorkerAsync();
        await Until.LoggedInOneLineAsync(
            "Nothing can be read", "ACCESS_REFUSED", "EXTERNAL", "the name in RabbitMq:ClientCertificate");
        (await worker.ReadyAsync()).Problem!.ShouldContain("RabbitMq:ClientCertificate");
    }

    async Task EncryptAsync(PemFiles files, string user)
    {
        Box.Keep(_authority);
        var port = Box.Keep(await BrokerTlsPort.OpenAsync(_servers, _authority.Issue(Host), _authority));
        var path = new Uri(Box.Settings["ConnectionStrings:RabbitMq"]!).AbsolutePath;
        Box.Settings["ConnectionStrings:RabbitMq"] = $"amqps://{user}{Host}:{port.Port}{path}";
        Box.Settings["RabbitMq:RootCertificate"] = _authority.File;
        Box.Settings["RabbitMq:ClientCertificate"] = files.Certificate;
        Box.Settings["RabbitMq:ClientKey"] = files.Key;
    }
}
