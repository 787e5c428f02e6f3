#pragma warning disable CA1849 // A process is killed here, and that is not awaited.

namespace Reversals.Tests.Integration;

/// <summary>Whatever breaks, a caller is never told what is not so, and what it asked for happens once.</summary>
public sealed class GatewayFaultTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string Suspect = "BILLER_SUSPECT_TRANSACTION", Failed = "BILLER_GATEWAY_INVALID_RESPONSE";

    [Fact]
    public async Task While_no_worker_reads_it_is_suspect_and_afterwards_done_once()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        var gateway = await StartAsync("00:00:01");
        var began = Stopwatch.GetTimestamp();
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, Suspect).WithoutData();
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBe(1, 0.5);
        await Box.StartWorkerAsync();
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeTrue();
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
    }

    [Fact]
    public async Task While_the_broker_is_away_nothing_is_sent_and_it_comes_back_by_itself()
    {
        await PaidAsync();
        await Box.StartWorkerAsync();
        var link = Box.LinkToRabbitMq();
        var gateway = await StartAsync("00:00:05");
        link.Cut();
        var began = Stopwatch.GetTimestamp();
        await Until.TrueAsync(
            async () => await gateway.HealthAsync("ready") == System.Net.HttpStatusCode.ServiceUnavailable,
            "the gateway has seen it");
        var told = (await gateway.PostAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData();
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(2);
        told.Headers["Retry-After"].ShouldBe(["2"]);
        (await gateway.HealthAsync("live")).ShouldBe(System.Net.HttpStatusCode.OK);
        link.Restore();
        await gateway.BecomesReadyAsync();
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
    }

    [Fact]
    public async Task Cut_off_before_the_confirm_it_is_suspect_and_not_said_to_have_failed()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        var link = Box.LinkToRabbitMq();
        var gateway = await StartAsync("00:00:02");
        // In an alarm the broker reads the request, and no more from this connection: it confirms nothing.
        await Box.ControlAsync("set_vm_memory_high_watermark", "0");
        try
        {
            var asking = gateway.PostAsync(Caller.Base);
            await Until.TrueAsync(
                async () => await gateway.HealthAsync("ready") == System.Net.HttpStatusCode.ServiceUnavailable,
                "the broker has said that it takes nothing");
            (await gateway.PostAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData();
            link.Cut();
            (await asking).ShouldBe(200, Suspect).WithoutData();
        }
        finally
        {
            await Box.ControlAsync("set_vm_memory_high_watermark", "0.4");
        }
    }

    [Fact]
    public async Task What_the_broker_does_not_take_is_not_sent()
    {
        await Box.DeployTopologyAsync();
        var gateway = await StartAsync("00:00:00.3");
        await Box.SetPolicyAsync(Wire.RequestQueue, """{"max-length":1}""");
        try
        {
            await Until.TrueAsync(
                async () => (await gateway.PostAsync(Caller.Base)).Rc == Failed, "the queue is full");
            var refused = gateway.Channel;
            (await gateway.PostAsync(Caller.Base)).ShouldBe(503, Failed).Headers["Retry-After"].ShouldBe(["2"]);
            await Until.TrueAsync(() => gateway.Channel != refused, "the next request goes another way");
        }
        finally
        {
            await Box.SetPolicyAsync(Wire.RequestQueue, "");
        }

        await Box.Broker.UnbindAsync();
        (await gateway.PostAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData();
    }

    [Fact]
    public async Task Each_replica_answers_its_own_callers_and_a_retry_at_another_is_told_the_same()
    {
        await PaidAsync();
        await Box.StartWorkerAsync();
        var (one, onePort) = await StartProcessAsync();
        var (two, twoPort) = await StartProcessAsync();
        var first = (await Caller.PostAsync(onePort, Caller.Base, stop: Stop)).ShouldBe(200, "SUCCESS");
        two.Dispose();
        (await Caller.PostAsync(onePort, Caller.Base, stop: Stop)).Body.ShouldBe(first.Body);
        await Should.ThrowAsync<HttpRequestException>(
            () => Caller.PostAsync(twoPort, Caller.Base, stop: Stop));
        await Box.StopWorkersAsync();

        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P2", 1_000);
        var request = Some.Request("P2", "request-2");
        var asking = Caller.PostAsync(onePort, request, stop: Stop);
        await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == 1, "the request is in the queue");
        one.Dispose();
        await Should.ThrowAsync<HttpRequestException>(() => asking);
        await Box.StartWorkerAsync();
        var (_, threePort) = await StartProcessAsync();
        var again = (await Caller.PostAsync(threePort, request, stop: Stop)).ShouldBe(200, "SUCCESS");
        again.IsReplay.ShouldBeTrue();
        (await Caller.PostAsync(threePort, request, stop: Stop)).Body.ShouldBe(again.Body);
        (await Caller.PostAsync(threePort, Caller.Base, stop: Stop)).Body.ShouldBe(first.Body);
    }

    [Fact]
    public async Task Of_a_caller_that_goes_away_nothing_is_left_but_what_it_asked_for()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        var gateway = await StartAsync("00:00:30");
        using (var gone = new CancellationTokenSource())
        {
            var asking = Caller.PostAsync(gateway.Port, Caller.Base, stop: gone.Token);
            await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == 1, "the request is in the queue");
            gateway.Waiting.ShouldBe(1);
            await gone.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => asking);
        }

        await Until.TrueAsync(() => gateway.Waiting == 0, "nobody waits any more");
        await Box.StartWorkerAsync();
        await Box.Tap.HearAsync(1);
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeTrue();
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
    }

    [Fact]
    public async Task A_thousand_callers_wait_without_a_thread_each_and_one_beyond_the_limit_is_told_so()
    {
        await Box.Books.ManyAsync(1_000);
        await Box.DeployTopologyAsync();
        var (gateway, port) = await StartProcessAsync("Http:MaxWaiting", "1000");
        var asking = Some.Requests(1_000).Select(body => Caller.PostAsync(port, body, stop: Stop)).ToList();
        await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == 1_000, "a thousand wait", 30);
        (await Caller.PostAsync(port, Caller.Base, stop: Stop)).ShouldBe(503, Failed)
            .Headers["Retry-After"].ShouldBe(["2"]);
        int.Parse(
            File.ReadLines($"/proc/{gateway.Id}/status").Single(line =>
                line.StartsWith("Threads:", StringComparison.Ordinal))["Threads:".Length..],
            CultureInfo.InvariantCulture).ShouldBeLessThan(60);
        gateway.PeakMemory.ShouldBeLessThan(300L << 20);
        await Box.StartWorkerAsync();
        (await Task.WhenAll(asking)).ShouldAllBe(told => told.Rc == "SUCCESS");
    }

    [Fact]
    public async Task It_may_publish_requests_and_previews_and_read_its_own_answers_and_nothing_else()
    {
        await PaidAsync();
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        await Box.StartWorkerAsync();
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Gateway);
        var gateway = await StartAsync("00:00:10");
        (await gateway.PreviewAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
        await using var connection = await Amqp.ConnectAsync(
            users.AddressFor(BrokerUsers.Gateway), "tests-gateway");
        List<string> allowed = [];
        foreach (var (what, action) in new Dictionary<string, Func<RabbitMQ.Client.IChannel, Task>>(
            StringComparer.Ordinal)
        {
            ["read the requests"] = one => one.BasicGetAsync(Wire.RequestQueue, autoAck: false, Stop),
            ["read another's answers"] = one => one.BasicGetAsync(gateway.Queue!, autoAck: false, Stop),
            ["hear all events"] = one => BindAsync(one, Wire.PaymentReversedExchange),
            ["hear all requests"] = one => BindAsync(one, Wire.RequestExchange),
            ["make an event"] = one => PublishAsync(one, Wire.PaymentReversedExchange),
            ["read the previews"] = one => one.BasicGetAsync(RabbitMq.PreviewQueue.Name, autoAck: false, Stop),
            ["hear all previews"] = one => BindAsync(one, RabbitMq.PreviewQueue.Name),
            ["make the queue of the previews"] = one => one.QueueDeclareAsync(
                RabbitMq.PreviewQueue.Name, durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop),
            ["make an answer"] = one => PublishAsync(one, RabbitMq.AnswerAddress.Exchange),
        })
        {
            if (!await connection.IsRefusedAsync(action))
            {
                allowed.Add(what);
            }
        }

        allowed.ShouldBeEmpty();
    }

    static async Task BindAsync(RabbitMQ.Client.IChannel channel, string exchange)
    {
        await channel.QueueDeclareAsync(
            "reversal-gateway-mine", durable: false, exclusive: true, autoDelete: true, cancellationToken: Stop);
        await channel.QueueBindAsync("reversal-gateway-mine", exchange, "", cancellationToken: Stop);
    }

    static async Task PublishAsync(RabbitMQ.Client.IChannel channel, string exchange)
    {
        await channel.BasicPublishAsync(
            exchange, "", mandatory: false, new RabbitMQ.Client.BasicProperties(), Some.Utf8("{}"), Stop);
        // The broker closes the channel over it; what is asked next says so.
        await channel.QueueDeclarePassiveAsync(Wire.RequestQueue, Stop);
    }

    Task<HostedGateway> StartAsync(string answerTimeout) =>
        HostedGateway.StartAsync(Box, settings => settings["Http:AnswerTimeout"] = answerTimeout);

    async Task<(ChildProcess Process, int Port)> StartProcessAsync(string name = "Http:MaxWaiting", string value = "50")
    {
        var settings = HostedGateway.SettingsOf(Box);
        settings["Http:AnswerTimeout"] = "00:00:30";
        settings[name] = value;
        var process = Box.Keep(ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "reversal-gateway"), [], settings));
        var health = int.Parse(settings["Health:Port"]!, CultureInfo.InvariantCulture);
        await Until.TrueAsync(() => ChildProcess.IsReadyAsync(health), "the gateway is ready");
        return (process, int.Parse(settings["Http:Port"]!, CultureInfo.InvariantCulture));
    }

    async Task PaidAsync() =>
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "1234567890", 10_000);
}
