using System.Net.Sockets;

namespace Reversals.Tests.Integration;

/// <summary>What a caller has to send, and that nothing else is published. No worker reads the queue here.</summary>
public sealed class GatewayRequestTests(Servers servers) : ServerTest(servers)
{
    const string Auth = "BILLER_AUTHENTICATION", Invalid = "BILLER_INVALID_TRANSACTION";
    const string Suspect = "BILLER_SUSPECT_TRANSACTION", Token = "token-of-the-switch";

    [Fact]
    public async Task The_queue_gets_the_bytes_as_they_were_sent_and_what_the_answer_needs()
    {
        var gateway = await StartAsync();
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        (await gateway.PostAsync(Caller.Base, to =>
        {
            to.Set("traceparent", trace);
            to.Set("Authorization", "Bearer whatever");
        })).ShouldBe(200, Suspect).WithoutData();
        var sent = (await TakeAsync()).ShouldNotBeNull();
        sent.Body.ToArray().ShouldBe(Some.Utf8(Caller.Base));
        // What begins with x- is the broker's own.
        var headers = sent.BasicProperties.Headers!.Where(one =>
            !one.Key.StartsWith("x-", StringComparison.Ordinal)).ToDictionary(
            one => one.Key, one => Encoding.UTF8.GetString((byte[])one.Value!), StringComparer.Ordinal);
        headers.Keys.ShouldBe(["Signature", "Client-Id", "Pending-For", "traceparent"], ignoreOrder: true);
        (headers["Client-Id"], headers["Pending-For"], headers["traceparent"])
            .ShouldBe((Some.Client, "0", trace));
        sent.BasicProperties.CorrelationId.ShouldStartWith(gateway.Address);
        sent.BasicProperties.Persistent.ShouldBeTrue();
        LogCapture.Text.ShouldNotContain("whatever");
    }

    [Theory]
    [InlineData("Authorization", "")]
    [InlineData("Authorization", "Bearer anything")]
    [InlineData("Accept", "*/*")]
    [InlineData("Accept", null)]
    [InlineData("Content-Type", null)]
    [InlineData("Content-Type", "application/json; charset=utf-8")]
    [InlineData("Signature", "28E93F116DE7FE51DD5F2FD0F186A363DA79EF90627701348EFB8F7AC49A4867")]
    [InlineData("Client-Id", Some.Client)]
    [InlineData("Client-Id", "")]
    public async Task These_are_taken_as_well(string name, string? value)
    {
        var gateway = await StartAsync();
        (await gateway.PostAsync(Caller.Base, to => Change(to, name, value))).ShouldBe(200, Suspect);
        var sent = (await TakeAsync()).ShouldNotBeNull();
        sent.Body.ToArray().ShouldBe(Some.Utf8(Caller.Base));
        sent.BasicProperties.Headers!.Keys.Where(header => !header.StartsWith("x-", StringComparison.Ordinal))
            .ShouldBe(["Signature", "Client-Id", "Pending-For"], ignoreOrder: true);
        LogCapture.Text.ShouldNotContain("Bearer");
        await NothingWasPublishedAsync();
    }

    [Theory]
    [InlineData("Signature", null, 401, Auth)]
    [InlineData("Signature", "", 401, Auth)]
    [InlineData("Signature", "0000000000000000000000000000000000000000000000000000000000000000", 401, Auth)]
    [InlineData("Signature", "28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a486", 401, Auth)]
    [InlineData(
        "Signature", "sha256=28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867", 401, Auth)]
    [InlineData("Client-Id", "nobody", 401, Auth)]
    [InlineData("Client-Id", Some.OtherClient, 401, Auth)]
    [InlineData("Accept", "text/html", 406, Invalid)]
    [InlineData("Accept", "application/json;q=0", 406, Invalid)]
    [InlineData("Content-Type", "text/plain", 415, Invalid)]
    [InlineData("Content-Type", "application/x-www-form-urlencoded", 415, Invalid)]
    [InlineData("Content-Encoding", "gzip", 415, Invalid)]
    public async Task These_are_refused_and_nobody_gets_them(string name, string? value, int status, string rc)
    {
        var gateway = await StartAsync(settings =>
            settings[$"Clients:{Some.OtherClient}:ApiKeys:0"] = Some.OtherKey);
        var told = (await gateway.PostAsync(Caller.Base, to => Change(to, name, value)))
            .ShouldBe(status, rc).WithoutData();
        told.Headers["WWW-Authenticate"].Any().ShouldBe(status == 401);
        await NothingWasPublishedAsync();
    }

    [Fact]
    public async Task Two_signatures_are_none()
    {
        var gateway = await StartAsync();
        (await gateway.PostAsync(Caller.Base, to =>
            to.Set("Signature", Caller.Sign(Caller.Base), Caller.Sign(Caller.Base)))).ShouldBe(401, Auth);
        await NothingWasPublishedAsync();
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer another-token", 401)]
    [InlineData("Basic " + Token, 401)]
    [InlineData("Bearer " + Token, 200)]
    public async Task A_token_counts_once_one_is_configured(string? authorization, int status)
    {
        var gateway = await StartAsync(settings => settings["Http:Tokens:0"] = Token);
        (await gateway.PostAsync(Caller.Base, to => Change(to, "Authorization", authorization)))
            .ShouldBe(status, status == 200 ? Suspect : Auth);
        (await Box.Broker.WaitingAsync()).ShouldBe(status == 200 ? 1u : 0u);
        LogCapture.Text.ShouldNotContain("another-token");
        LogCapture.Text.ShouldNotContain(Token);
    }

    [Fact]
    public async Task Without_a_client_id_it_is_the_client_whose_key_fits()
    {
        var gateway = await StartAsync(settings =>
            settings[$"Clients:{Some.OtherClient}:ApiKeys:0"] = Some.OtherKey);
        (await gateway.PostAsync(Caller.Base, key: Some.OtherKey)).ShouldBe(200, Suspect);
        var sent = (await TakeAsync()).ShouldNotBeNull();
        Encoding.UTF8.GetString((byte[])sent.BasicProperties.Headers![Wire.ClientIdHeader]!)
            .ShouldBe(Some.OtherClient);
    }

    [Theory]
    [InlineData(65_536, false, 200)]
    [InlineData(65_536, true, 200)]
    [InlineData(65_537, false, 413)]
    [InlineData(65_537, true, 413)]
    public async Task A_body_has_at_most_64_KiB(int size, bool chunked, int status)
    {
        var gateway = await StartAsync();
        var body = Caller.Base + new string(' ', size - Caller.Base.Length);
        (await gateway.PostAsync(body, to => to.Headers.TransferEncodingChunked = chunked))
            .ShouldBe(status, status == 200 ? Suspect : Invalid);
        (await Box.Broker.WaitingAsync()).ShouldBe(status == 200 ? 1u : 0u);
    }

    [Theory]
    [InlineData("Content-Length: 65537\r\n\r\n", 0)]
    [InlineData("Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n", 0)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n20000\r\n", 65_537)]
    public async Task A_larger_body_is_refused_before_it_is_there(string rest, int bytes)
    {
        var gateway = await StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, gateway.Port, Stop);
        var head = "POST /reversal HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
            $"Signature: {Caller.Sign(Caller.Base)}\r\n{rest}";
        await socket.GetStream().WriteAsync(Some.Utf8(head + new string(' ', bytes)), Stop);
        var answer = new byte[4_096];
        var read = await socket.GetStream().ReadAsync(answer, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(3), Stop);
        Encoding.UTF8.GetString(answer, 0, read).ShouldStartWith("HTTP/1.1 413 ");
        await NothingWasPublishedAsync();
    }

    [Fact]
    public async Task Whoever_has_proved_nothing_takes_no_place_among_the_waiting()
    {
        var gateway = await StartAsync(settings =>
        {
            settings["Http:MaxWaiting"] = "1";
            settings["Http:BodyTimeout"] = "00:00:30";
        });
        List<TcpClient> flood = [];
        try
        {
            for (var count = 0; count < 50; count++)
            {
                var one = new TcpClient();
                flood.Add(one);
                await one.ConnectAsync(IPAddress.Loopback, gateway.Port, Stop);
                await one.GetStream().WriteAsync(
                    Some.Utf8(
                        "POST /reversal HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
                        $"Signature: {new string('0', 64)}\r\nContent-Length: 99\r\n\r\n{{"), Stop);
            }

            (await gateway.PostAsync(Caller.Base)).ShouldBe(200, Suspect);
            (await gateway.PostAsync(Caller.Base)).ShouldBe(200, Suspect);
        }
        finally
        {
            flood.ForEach(one => one.Dispose());
        }
    }

    [Theory]
    [InlineData("GET", "/reversal?payment_ref=1234567890", 405)]
    [InlineData("PUT", "/reversal", 405)]
    [InlineData("DELETE", "/reversal", 405)]
    [InlineData("POST", "/reversals", 404)]
    [InlineData("POST", "/REVERSAL", 404)]
    [InlineData("POST", "/reversal/", 404)]
    [InlineData("POST", "/health/ready", 404)]
    [InlineData("GET", "/metrics", 404)]
    public async Task There_is_one_path_and_one_method(string method, string path, int status)
    {
        var gateway = await StartAsync();
        using var request = new HttpRequestMessage(
            new HttpMethod(method), new Uri($"http://127.0.0.1:{gateway.Port}{path}"));
        request.Headers.Add("Signature", Caller.Sign("payment_ref=1234567890"));
        var told = (await Caller.SendAsync(request, Stop)).ShouldBe(status, Invalid).WithoutData();
        told.Headers["Allow"].ShouldBe(status == 405 ? ["POST"] : []);
        await NothingWasPublishedAsync();
    }

    [Fact]
    public async Task Of_a_post_the_body_is_signed_and_never_the_query()
    {
        var gateway = await StartAsync();
        (await Caller.PostAsync(gateway.Port, Caller.Base, path: "/reversal?x=1", stop: Stop))
            .ShouldBe(200, Suspect);
        (await TakeAsync()).ShouldNotBeNull();
        (await Caller.PostAsync(
            gateway.Port, Caller.Base, to => to.Set("Signature", Caller.Sign("x=1")), path: "/reversal?x=1",
            stop: Stop)).ShouldBe(401, Auth);
        (await Caller.PostAsync(
            gateway.Port, "", to => to.Set("Signature", Caller.Sign("x=1")), path: "/reversal?x=1", stop: Stop))
            .ShouldBe(401, Auth);
        await NothingWasPublishedAsync();
    }

    [Fact]
    public async Task Each_answer_says_since_when_and_until_when_if_the_settings_do()
    {
        var gateway = await StartAsync(settings =>
        {
            settings["Http:Deprecation"] = "2026-01-01T00:00:00Z";
            settings["Http:Sunset"] = "2027-06-30T23:59:59Z";
        });
        var told = await gateway.PostAsync(Caller.Base, to => to.Set("Signature"));
        told.Headers["Deprecation"].ShouldBe(["@1767225600"]);
        told.Headers["Sunset"].ShouldBe(["Wed, 30 Jun 2027 23:59:59 GMT"]);
    }

    static void Change(HttpRequestMessage request, string name, string? value)
    {
        if (name.StartsWith("Content-", StringComparison.Ordinal))
        {
            request.Content!.Headers.Remove(name);
            if (value is not null)
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        else
        {
            request.Set(name, value is null ? null : [value]);
        }
    }

    async Task<HostedGateway> StartAsync(Action<Dictionary<string, string?>>? change = null)
    {
        await Box.DeployTopologyAsync();
        return await HostedGateway.StartAsync(Box, settings =>
        {
            settings["Http:AnswerTimeout"] = "00:00:00.3";
            change?.Invoke(settings);
        });
    }

    async Task NothingWasPublishedAsync() => (await Box.Broker.WaitingAsync()).ShouldBe(0u);

    async Task<BasicGetResult?> TakeAsync()
    {
        await using var connection = await Amqp.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!, "tests-reader");
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        return await channel.BasicGetAsync(Wire.RequestQueue, autoAck: true, Stop);
    }
}
