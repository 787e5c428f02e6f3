using RabbitMQ.Client;
using Reversals.RabbitMq;

namespace Reversals.Tests.Integration;

/// <summary>Whatever is missing, a preview says so in time, is never carried out, and keeps no reversal back.</summary>
public sealed class GatewayPreviewFaultTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string Failed = "BILLER_GATEWAY_INVALID_RESPONSE";

    [Fact]
    public async Task While_no_worker_runs_it_says_so_in_time_and_is_never_carried_out()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        var gateway = await StartAsync("00:00:01");
        var began = Stopwatch.GetTimestamp();
        var told = (await gateway.PreviewAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData();
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBe(1, 0.5);
        told.Headers["Retry-After"].ShouldBe(["2"]);
        told.Json.GetProperty("message").GetString().ShouldBe(
            "no worker answered the preview in time, nothing was carried out");
        await Until.LoggedInOneLineAsync("No worker answered a preview", Some.Client);
        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync(PreviewQueue.Name) == 0, "nobody keeps what nobody waits for");
        gateway.Waiting.ShouldBe(0);

        await Box.StartWorkerAsync();
        (await gateway.PreviewAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(0);
        (await Box.Books.CountAsync("reversals.event")).ShouldBe(0);
    }

    /// <summary>Previews that nobody answers take a quarter of the places for callers who wait, and no more.</summary>
    [Fact]
    public async Task However_many_wait_for_a_preview_there_is_room_for_reversals()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        var gateway = await HostedGateway.StartAsync(Box, settings =>
        {
            settings["Http:AnswerTimeout"] = "00:00:20";
            settings["Http:MaxWaiting"] = "4";
        });
        var first = gateway.PreviewAsync(Caller.Base);
        await Until.TrueAsync(() => gateway.Waiting == 1, "the first waits");
        for (var place = 0; place < 5; place++)
        {
            (await gateway.PreviewAsync(Caller.Base)).ShouldBe(503, Failed);
        }

        var reversal = gateway.PostAsync(Caller.Base);
        await Until.TrueAsync(() => gateway.Waiting == 2, "a reversal waits too");
        await Box.StartWorkerAsync();
        (await reversal).ShouldBe(200, "SUCCESS");
        ((int)(await first).Status).ShouldBe(200);
    }

    [Fact]
    public async Task Beside_workers_of_before_it_is_told_at_once_and_no_request_is_disturbed()
    {
        await PaidAsync();
        await Box.StartWorkerAsync();
        // As it is before the first worker that knows previews.
        await Box.StopWorkersAsync();
        await Box.Broker.UseAsync(async channel =>
        {
            await channel.QueueDeleteAsync(PreviewQueue.Name, cancellationToken: Stop);
            await channel.ExchangeDeleteAsync(PreviewQueue.Name, cancellationToken: Stop);
        });
        var gateway = await StartAsync("00:00:30");
        var (channel, queue) = (gateway.Channel, gateway.Queue);
        var asking = gateway.PostAsync(Caller.Base);
        await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == 1, "the request is in the queue");
        (await gateway.PreviewAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData()
            .Headers["Retry-After"].ShouldBe(["2"]);
        await Until.LoggedInOneLineAsync(
            "No preview can be asked for", $"no exchange '{PreviewQueue.Name}'", "Start a worker of this version");

        // Exchange without queue: it is unroutable.
        await Box.Broker.UseAsync(one => one.ExchangeDeclareAsync(
            PreviewQueue.Name, ExchangeType.Fanout, durable: true, cancellationToken: Stop));
        (await gateway.PreviewAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData();
        await Until.LoggedInOneLineAsync("No preview can be asked for", "no queue is bound");
        await Box.Broker.UseAsync(one => one.ExchangeDeleteAsync(PreviewQueue.Name, cancellationToken: Stop));
        (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.PreviewAsync(Caller.Base))))
            .ShouldAllBe(told => told.Status == HttpStatusCode.ServiceUnavailable && told.Rc == Failed);
        (gateway.Channel, gateway.Queue).ShouldBe((channel, queue));

        await Box.StartWorkerAsync();
        (await asking).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
        await PreviewsAsync(gateway);
    }

    [Fact]
    public async Task Without_the_rights_of_this_version_reversals_go_on_and_the_log_says_what_to_do()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        await users.PermitAsync(
            BrokerUsers.Worker,
            "^(reversal-requested(-dead-letter)?|payment-reversed|reversal-rejected|reversal-answers)$",
            "^(reversal-requested(-dead-letter)?|payment-reversed|reversal-rejected|reversal-answers)$",
            "^reversal-requested(-dead-letter)?$");
        await users.PermitAsync(
            BrokerUsers.Gateway, "^reversal-gateway-", "^(reversal-gateway-.*|reversal-requested)$",
            "^(reversal-gateway-.*|reversal-answers)$");
        try
        {
            Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
            var worker = await Box.StartWorkerAsync();
            Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Gateway);
            var gateway = await StartAsync("00:00:10");
            var queue = gateway.Queue;
            (await gateway.PreviewAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData();
            await Until.LoggedInOneLineAsync("Previews cannot be read", "deploy/rabbitmq/definitions.sh");
            await Until.LoggedInOneLineAsync("No preview can be asked for", "deploy/rabbitmq/definitions.sh");
            (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
            gateway.Queue.ShouldBe(queue);
            (await worker.ReadyAsync()).Problem.ShouldBeNull();

            await users.ImportAsync();
            await PreviewsAsync(gateway);
        }
        finally
        {
            await users.ImportAsync();
        }
    }

    [Fact]
    public async Task A_queue_that_is_made_in_another_way_is_named_and_reversals_go_on()
    {
        await PaidAsync();
        await Box.Broker.DeclareAsync(PreviewQueue.Name);
        var worker = await Box.StartWorkerAsync();
        await Until.LoggedInOneLineAsync(
            "Previews cannot be read", "PRECONDITION_FAILED", $"queue '{PreviewQueue.Name}'", "empty it and delete it");
        (await worker.ReadyAsync()).Problem.ShouldBeNull();
        var gateway = await StartAsync("00:00:10");
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        await Box.Broker.UseAsync(channel => channel.QueueDeleteAsync(PreviewQueue.Name, cancellationToken: Stop));
        await PreviewsAsync(gateway);
    }

    [Fact]
    public async Task A_full_queue_is_told_at_once()
    {
        await Box.DeployTopologyAsync();
        await Box.SetPolicyAsync(PreviewQueue.Name, """{"max-length":1}""");
        var gateway = await StartAsync("00:00:02");
        try
        {
            // The limit of a quorum queue is a soft one.
            await Box.Broker.UseAsync(async channel =>
            {
                for (var n = 0; n < 5; n++)
                {
                    await channel.BasicPublishAsync(PreviewQueue.Name, routingKey: "", Some.Utf8("{}"), Stop);
                }
            });
            await Until.TrueAsync(
                async () => (await gateway.PreviewAsync(Caller.Base)).Text.Contains(
                    "no worker can be asked", StringComparison.Ordinal),
                "the queue is full");
        }
        finally
        {
            await Box.SetPolicyAsync(PreviewQueue.Name, "");
        }

        await Until.LoggedInOneLineAsync("No preview can be asked for", "is full");
    }

    [Fact]
    public async Task A_worker_without_the_key_answers_nobody_and_says_so()
    {
        await PaidAsync();
        await Box.StartWorkerAsync();
        var gateway = await HostedGateway.StartAsync(Box, settings =>
        {
            settings["Http:AnswerTimeout"] = "00:00:00.5";
            settings[$"Clients:{Some.Client}:ApiKeys:0"] = "a-key-of-tomorrow";
        });
        (await gateway.PreviewAsync(Caller.Base, key: "a-key-of-tomorrow")).ShouldBe(503, Failed).WithoutData();
        await Until.LoggedInOneLineAsync("A preview of client", Some.Client, "does not match the body");
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
    }

    [Fact]
    public async Task What_only_looks_like_a_preview_is_dropped_and_the_next_is_answered()
    {
        await PaidAsync();
        await Box.StartWorkerAsync();
        var gateway = await StartAsync("00:00:10");
        await PreviewsAsync(gateway);
        byte[][] bodies = [[], [0xff, 0xfe], Some.Utf8(Caller.Base), new byte[200_000]];
        foreach (var body in bodies)
        {
            await Box.Broker.UseAsync(async channel => await channel.BasicPublishAsync(
                PreviewQueue.Name, routingKey: "", mandatory: false,
                new BasicProperties
                {
                    // Nobody waits there.
                    CorrelationId = "reversal-gateway-nobody.1",
                    Headers = body.Length is 0 ? null : Some.Signed(body),
                },
                body, Stop));
        }

        await SendOddAsync();
        (await gateway.PreviewAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync(PreviewQueue.Name) == 0, "none of them waits or comes again");
        LogCapture.Text.ShouldNotContain("Previews cannot be read");
        (await Box.Books.CountAsync("reversals.event")).ShouldBe(0);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
    }

    /// <summary>With a header on which the client library would end the connection, and a large one.</summary>
    async Task SendOddAsync()
    {
        var headers = Some.Signed(Some.Utf8(Caller.Base));
        headers["odd"] = 1.5m;
        headers["large"] = new string('x', 100_000);
        await using var connection = await OddClient.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!,
            [(byte)'d', (byte)'D', 1, 0, 0, 0, 15], [(byte)'d', (byte)'D', 29, 0, 0, 0, 15]);
        await using var channel = await connection.ConfirmingChannelAsync();
        await channel.BasicPublishAsync(
            PreviewQueue.Name, routingKey: "", mandatory: true, new BasicProperties { Headers = headers },
            Some.Utf8(Caller.Base), Stop);
    }

    Task<HostedGateway> StartAsync(string answerTimeout) =>
        HostedGateway.StartAsync(Box, settings => settings["Http:AnswerTimeout"] = answerTimeout);

    /// <summary>Previews are answered, at the latest once the worker has tried again.</summary>
    static Task PreviewsAsync(HostedGateway gateway) => Until.TrueAsync(
        async () => (await gateway.PreviewAsync(Caller.Base)).Rc == "SUCCESS", "a preview is answered", 30);

    async Task PaidAsync() =>
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "1234567890", 10_000);
}
