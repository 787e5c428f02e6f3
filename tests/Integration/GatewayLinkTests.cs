using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;
using Reversals.RabbitMq;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>The gateway's way to RabbitMQ, and its answers' way back, when either is disturbed.</summary>
public sealed class GatewayLinkTests(Servers servers) : ServerTest(servers)
{
    const string Suspect = "BILLER_SUSPECT_TRANSACTION", Failed = "BILLER_GATEWAY_INVALID_RESPONSE";

    [Fact]
    public async Task A_caller_that_waits_while_the_connection_is_lost_is_answered_over_the_next()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        var direct = Box.Settings["ConnectionStrings:RabbitMq"];
        var link = Box.LinkToRabbitMq();
        var gateway = await StartAsync("00:00:30");
        var asking = gateway.PostAsync(Caller.Base);
        await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == 1, "the request is in the queue");
        var before = gateway.Queue.ShouldNotBeNull();
        link.Reset();
        await Until.TrueAsync(
            () => gateway.Queue is { } now && !now.Equals(before, StringComparison.Ordinal),
            "another queue is there, whether or not the broker has given up the one of before");
        Box.Settings["ConnectionStrings:RabbitMq"] = direct;
        await Box.StartWorkerAsync();
        (await asking).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
    }

    [Fact]
    public async Task While_the_answers_cannot_be_heard_nothing_is_taken()
    {
        await Box.DeployTopologyAsync();
        var link = Box.LinkToRabbitMq();
        var gateway = await StartAsync("00:00:02");
        var before = gateway.Queue.ShouldNotBeNull();
        // So slow that the closing of the connection takes seconds.
        link.Set(LinkState.Delay, TimeSpan.FromSeconds(1));
        await Box.ControlAsync("delete_queue", before, "-p", Box.VirtualHost);
        await Until.TrueAsync(() => gateway.Queue is null, "the gateway has heard that its queue is gone");
        (await gateway.PostAsync(Caller.Base)).ShouldBe(503, Failed).WithoutData();
        link.Restore();
        await gateway.BecomesReadyAsync();
        (await Box.Broker.WaitingAsync()).ShouldBe(0u);
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, Suspect);
        (await Box.Broker.WaitingAsync()).ShouldBe(1u);
    }

    [Fact]
    public async Task What_an_alarm_said_of_a_lost_connection_does_not_block_the_next()
    {
        await Box.DeployTopologyAsync();
        var link = Box.LinkToRabbitMq();
        var gateway = await StartAsync("00:00:00.5");
        await Box.ControlAsync("set_vm_memory_high_watermark", "0");
        try
        {
            var asking = gateway.PostAsync(Caller.Base);
            await Until.TrueAsync(
                async () => await gateway.HealthAsync("ready") == HttpStatusCode.ServiceUnavailable,
                "the broker has said that it takes nothing");
            link.Cut();
            (await asking).ShouldBe(200, Suspect);
        }
        finally
        {
            await Box.ControlAsync("set_vm_memory_high_watermark", "0.4");
        }

        link.Restore();
        await gateway.BecomesReadyAsync();
        var waiting = await Box.Broker.WaitingAsync();
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, Suspect);
        (await Box.Broker.WaitingAsync()).ShouldBe(waiting + 1);
    }

    [Fact]
    public async Task Events_go_out_while_no_answer_can_be_sent()
    {
        await PaidAsync();
        await Box.DeployTopologyAsync();
        await using (var connection = await Amqp.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!, "tests-operator"))
        await using (var channel = await connection.CreateChannelAsync(cancellationToken: Stop))
        {
            // Of another type than the worker needs: it can neither make nor use it.
            await channel.ExchangeDeleteAsync(AnswerAddress.Exchange, cancellationToken: Stop);
            await channel.ExchangeDeclareAsync(
                AnswerAddress.Exchange, ExchangeType.Headers, durable: true, cancellationToken: Stop);
        }

        await Box.StartWorkerAsync();
        var gateway = await StartAsync("00:00:00.5");
        (await gateway.PostAsync(Caller.Base)).ShouldBe(200, Suspect);
        await Box.Tap.HearAsync(1);
        await Box.Books.OutboxEmptyAsync();
        await Until.LoggedInOneLineAsync("Answers cannot be sent", AnswerAddress.Exchange);
    }

    [Fact]
    public async Task Callers_behind_an_event_that_waits_are_answered_all_the_same()
    {
        await Box.Tap.UnbindAsync();
        var bill = await Box.Books.BillAsync();
        await Box.Books.PayAsync(bill, "P1", 1_000);
        await Box.Books.PayAsync(bill, "P2", 2_000);
        await Box.StartWorkerAsync();
        var gateway = await StartAsync("00:00:10");
        var first = (await gateway.PostAsync(Some.Request("P1", "request-1"))).ShouldBe(200, "SUCCESS");
        await Until.LoggedInOneLineAsync("Nobody is bound to exchange", "payment-reversed");
        (await gateway.PostAsync(Some.Request("P2", "request-2"))).ShouldBe(200, "SUCCESS");
        var again = (await gateway.PostAsync(Some.Request("P1", "request-1"))).ShouldBe(200, "SUCCESS");
        (again.IsReplay, again.Text).ShouldBe((true, first.Text));
        (await Box.Books.CountAsync("reversals.outbox")).ShouldBe(3);
        await Box.Tap.BindAsync();
        (await Box.HearOnceAsync(3)).Select(one => one.ReferenceId)
            .ShouldBe(["request-1", "request-2", "request-1"], ignoreOrder: true);
    }

    [Fact]
    public async Task Health_and_metrics_answer_while_callers_have_every_connection()
    {
        await Box.DeployTopologyAsync();
        var metrics = Ports.Free();
        var gateway = await HostedGateway.StartAsync(Box, settings =>
        {
            settings["Http:MaxConnections"] = "20";
            settings["Telemetry:PrometheusPort"] = metrics.ToString(CultureInfo.InvariantCulture);
        });
        List<TcpClient> idle = [];
        try
        {
            for (var count = 0; count < 20; count++)
            {
                var one = new TcpClient();
                idle.Add(one);
                await one.ConnectAsync(IPAddress.Loopback, gateway.Port, Stop);
            }

            await Until.TrueAsync(async () => await IsTurnedAwayAsync(gateway), "no caller gets in");
            (await gateway.HealthAsync("live")).ShouldBe(HttpStatusCode.OK);
            (await gateway.HealthAsync("ready")).ShouldBe(HttpStatusCode.OK);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{metrics}/metrics"));
            var told = (await Caller.SendAsync(request, Stop)).Text;
            told.ShouldContain("gateway_connected");
            told.ShouldContain("gateway_waiting");
        }
        finally
        {
            idle.ForEach(one => one.Dispose());
        }

        await Until.TrueAsync(async () => !await IsTurnedAwayAsync(gateway), "callers get in again");
    }

    static async Task<bool> IsTurnedAwayAsync(HostedGateway gateway)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, gateway.Port, Stop);
            await socket.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Stop);
            return await socket.GetStream().ReadAsync(new byte[16], Stop) == 0;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            return true;
        }
    }

    Task<HostedGateway> StartAsync(string answerTimeout) =>
        HostedGateway.StartAsync(Box, settings => settings["Http:AnswerTimeout"] = answerTimeout);

    async Task PaidAsync() =>
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "1234567890", 10_000);
}
