namespace Reversals.Tests.Integration;

/// <summary>An exchange or a queue that somebody made in another way: it is named, nothing is lost, and when
/// it is gone the worker makes its own.</summary>
public sealed class TopologyTests(Servers servers) : ServerTest(servers)
{
    const string Remedy = "empty it and delete it";

    [Fact]
    public async Task An_exchange_of_requests_of_another_type_is_named()
    {
        await Box.Broker.UseAsync(channel => channel.ExchangeDeclareAsync(
            Wire.RequestExchange, ExchangeType.Direct, durable: true, cancellationToken: Stop));
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["PRECONDITION_FAILED", "exchange 'reversal-requested'", Remedy]);
        await Box.Broker.UseAsync(channel => channel.ExchangeDeleteAsync(
            Wire.RequestExchange, cancellationToken: Stop));
        await worker.BecomesReadyAsync();
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
    }

    [Fact]
    public async Task A_queue_of_requests_with_other_arguments_is_named_and_its_messages_are_not_touched()
    {
        await Box.Broker.UseAsync(async channel =>
        {
            await channel.QueueDeclareAsync(
                Wire.RequestQueue, durable: true, exclusive: false, autoDelete: false,
                cancellationToken: Stop);
            await channel.BasicPublishAsync("", Wire.RequestQueue, Some.Utf8("{}"), Stop);
        });
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["PRECONDITION_FAILED", "queue 'reversal-requested'", Remedy]);
        (await Box.Broker.WaitingAsync()).ShouldBe(1u);
        await Box.Broker.UseAsync(async channel =>
        {
            (await channel.BasicGetAsync(Wire.RequestQueue, autoAck: true, Stop))
                .ShouldNotBeNull().Redelivered.ShouldBeFalse();
            await channel.QueueDeleteAsync(Wire.RequestQueue, cancellationToken: Stop);
        });
        await worker.BecomesReadyAsync();
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
    }

    [Fact]
    public async Task An_exchange_of_events_of_another_type_is_named_and_the_events_wait()
    {
        await Box.Tap.UnbindAsync(Wire.ReversalRejectedExchange);
        await Box.Broker.UseAsync(async channel =>
        {
            await channel.ExchangeDeleteAsync(Wire.ReversalRejectedExchange, cancellationToken: Stop);
            await channel.ExchangeDeclareAsync(
                Wire.ReversalRejectedExchange, ExchangeType.Topic, durable: true, cancellationToken: Stop);
        });
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync("{}");
        await Until.LoggedInOneLineAsync(
            "Publishing to RabbitMQ is interrupted", "exchange 'reversal-rejected'", Remedy);
        await Box.Books.CountedAsync("reversals.outbox", 1);

        await Box.Broker.UseAsync(channel => channel.ExchangeDeleteAsync(
            Wire.ReversalRejectedExchange, cancellationToken: Stop));
        await Box.Tap.BindAsync();
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("NO_IDENTIFIER");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task A_queue_without_a_leader_is_named_and_read_once_it_has_one()
    {
        await Box.StartWorkerAsync();
        await Box.StopWorkersAsync();
        await LeaderAsync("stop_server");
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["RabbitMQ at ", "list_queues name state leader"]);
        await LeaderAsync("restart_server");
        await worker.BecomesReadyAsync();
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
    }

    /// <summary>The only member of the queue's cluster stops or starts, and the broker runs on.</summary>
    Task<string> LeaderAsync(string deed) => Box.ControlAsync(
        "eval", $"ok = ra:{deed}(quorum_queues, {{'%2F_{Wire.RequestQueue}', node()}}).");
}
