using RabbitMQ.Client.Exceptions;
using Reversals.RabbitMq;

namespace Reversals.Tests.Integration;

/// <summary>What each user of <c>deploy/rabbitmq/definitions.sh</c> may do, and what it may not.</summary>
public sealed class BrokerRightTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string Body = "{}";

    /// <summary>Whoever it is that tries, but for the worker.</summary>
    static readonly Dictionary<string, Func<IChannel, Task>> ForbiddenToNeighbours =
        new(StringComparer.Ordinal)
    {
        ["publish an event"] = channel => PublishAsync(channel, Wire.PaymentReversedExchange),
        ["publish a rejection"] = channel => PublishAsync(channel, Wire.ReversalRejectedExchange),
        ["ask for a preview"] = channel => PublishAsync(channel, PreviewQueue.Name),
        ["read the previews"] = channel => channel.BasicGetAsync(PreviewQueue.Name, autoAck: false),
        ["publish to the dead letters"] = channel => PublishAsync(channel, Wire.DeadLetterQueue),
        ["publish past the exchanges"] = channel => PublishAsync(channel, exchange: "", Wire.RequestQueue),
        ["make a queue"] = channel => channel.QueueDeclareAsync("mine"),
        ["make an exchange"] = channel => channel.ExchangeDeclareAsync("mine", ExchangeType.Fanout),
        ["make the exchange of the requests"] = channel =>
            channel.ExchangeDeclareAsync(Wire.RequestExchange, ExchangeType.Fanout, durable: true),
        ["read the requests"] = channel => channel.BasicGetAsync(Wire.RequestQueue, autoAck: false),
        ["consume the requests"] = channel => channel.BasicConsumeAsync(
            Wire.RequestQueue, autoAck: false, new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(channel)),
        ["read the dead letters"] = channel => channel.BasicGetAsync(Wire.DeadLetterQueue, autoAck: false),
        ["empty the queue of the requests"] = channel => channel.QueuePurgeAsync(Wire.RequestQueue),
        ["delete the queue of the requests"] = channel => channel.QueueDeleteAsync(Wire.RequestQueue),
        ["delete an exchange"] = channel => channel.ExchangeDeleteAsync(Wire.PaymentReversedExchange),
        ["delete the exchange of the requests"] = channel => channel.ExchangeDeleteAsync(Wire.RequestExchange),
        ["make an exchange of the events"] = channel =>
            channel.ExchangeDeclareAsync(Wire.ReversalRejectedExchange, ExchangeType.Fanout, durable: true),
        ["make the queue of the requests"] = channel => channel.QueueDeclareAsync(
            Wire.RequestQueue, durable: true, exclusive: false, autoDelete: false),
        ["lead the events elsewhere"] = channel => channel.ExchangeBindAsync(
            Wire.RequestExchange, Wire.PaymentReversedExchange, routingKey: ""),
        ["cut off the requests"] = channel => channel.QueueUnbindAsync(
            Wire.RequestQueue, Wire.RequestExchange, routingKey: ""),
    };

    [Fact]
    public async Task The_whole_worker_runs_as_reversal_worker_with_upstream_as_upstream()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        var worker = await Box.StartWorkerAsync();
        await using var upstream = await Upstream.ConnectAsync(users.AddressFor(BrokerUsers.Upstream));
        await upstream.SendAsync(Some.Request("P1", "request-1"));
        await upstream.SendAsync(Some.Request("P1", "request-1"));
        await upstream.SendAsync(Some.Request("P1", "request-2"));
        await upstream.SendAsync(Body, change: to => to.Headers!.Remove("Signature"));

        (await Box.Tap.HearAsync(3)).Select(one => one.Reason)
            .ShouldBe(["REVERSED", "REVERSED", "ALREADY_REVERSED"], ignoreOrder: true);
        await Box.Books.QuarantinedAsync(1);
        (await worker.ReadyAsync()).Problem.ShouldBeNull();
        LogCapture.Text.ShouldNotContain("ACCESS_REFUSED");
        await Box.SettledAsync();
    }

    [Fact]
    public async Task The_worker_may_ask_who_keeps_its_queues()
    {
        await using var management = await ManagementPlugin.EnableAsync(Box);
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        Box.Settings["RabbitMq:ManagementPort"] = FormattableString.Invariant($"{management.Port}");
        await Box.StartWorkerAsync();
        await Until.TrueAsync(
            async () => (await VerbRun.OfAsync(Box.Settings, "check", width: 4_000)).Out
                .Contains($"members of {Wire.RequestQueue}", StringComparison.Ordinal),
            "the plugin answers the worker's user");
    }

    [Theory]
    [Each(
        BrokerUsers.Upstream, BrokerUsers.OwnUpstream, BrokerUsers.Subscriber, BrokerUsers.WithQueue)]
    public async Task A_neighbour_can_neither_make_an_answer_nor_take_a_request(string user)
    {
        await Box.DeployTopologyAsync();
        await using var connection =
            await Amqp.ConnectAsync(users.AddressFor(user), "tests-neighbour");
        List<string> allowed = [];
        foreach (var (what, action) in ForbiddenToNeighbours)
        {
            if (!await connection.IsRefusedAsync(action))
            {
                allowed.Add(what);
            }
        }

        allowed.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_subscriber_makes_its_queue_hears_the_events_and_publishes_no_request()
    {
        await Box.StartWorkerAsync();
        await using var connection =
            await Amqp.ConnectAsync(users.AddressFor(BrokerUsers.Subscriber), "tests-subscriber");
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        await channel.QueueDeclareAsync("subscriber-events", exclusive: true, cancellationToken: Stop);
        foreach (var exchange in (string[])[Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange])
        {
            await channel.QueueBindAsync(
                "subscriber-events", exchange, routingKey: "", cancellationToken: Stop);
        }

        await Box.AskAsync(Body);
        await Until.TrueAsync(
            async () => await channel.BasicGetAsync("subscriber-events", autoAck: true, Stop) is not null,
            "the subscriber has the event");
        (await connection.IsRefusedAsync(one => PublishAsync(one, Wire.RequestExchange))).ShouldBeTrue();
        (await connection.IsRefusedAsync(one => one.QueueBindAsync(
            "subscriber-events", Wire.RequestExchange, routingKey: ""))).ShouldBeTrue();
    }

    [Theory]
    [InlineData(BrokerUsers.Subscriber, BrokerUsers.Neighbour)]
    [InlineData(BrokerUsers.Neighbour, BrokerUsers.Subscriber)]
    public async Task No_subscriber_can_touch_the_queues_of_another(string owner, string other)
    {
        await using var owning = await Amqp.ConnectAsync(users.AddressFor(owner), "tests-owner");
        await using var channel = await owning.CreateChannelAsync(cancellationToken: Stop);
        List<string> allowed = [];
        foreach (var queue in (string[])[$"{owner}-events", $"{owner}-{other}-events"])
        {
            await channel.QueueDeclareAsync(
                queue, exclusive: false, autoDelete: false, cancellationToken: Stop);
            await using var connection =
                await Amqp.ConnectAsync(users.AddressFor(other), "tests-other");
            foreach (var (what, action) in new Dictionary<string, Func<IChannel, Task>>(StringComparer.Ordinal)
            {
                ["read"] = one => one.BasicGetAsync(queue, autoAck: false),
                ["empty"] = one => one.QueuePurgeAsync(queue),
                ["bind"] = one => one.QueueBindAsync(queue, Wire.PaymentReversedExchange, routingKey: ""),
                ["write to"] = one => PublishAsync(one, exchange: "", queue),
                ["delete"] = one => one.QueueDeleteAsync(queue),
            })
            {
                if (!await connection.IsRefusedAsync(action))
                {
                    allowed.Add($"{other} may {what} {queue}");
                }
            }

            await channel.QueueDeleteAsync(queue, cancellationToken: Stop);
        }

        allowed.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("app", "app-eu")]
    [InlineData("app-eu")]
    [InlineData("app", "app")]
    [InlineData("ap.p")]
    [InlineData("a|b")]
    [InlineData("app.*")]
    [InlineData("App")]
    [InlineData("äpp")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("reversalx")]
    [InlineData("ops")]
    public async Task A_name_that_would_reach_into_another_subscribers_is_refused(params string[] names)
    {
        var folder = Directory.CreateTempSubdirectory("reversal-users-");
        (await Should.ThrowAsync<InvalidOperationException>(() => Repository.RunAsync(
            [Repository.PathOf("deploy/rabbitmq/definitions.sh"), folder.FullName, "/", .. names])))
            .Message.ShouldContain("subscriber");
        folder.GetFiles().ShouldBeEmpty();
        folder.Delete();
    }

    [Fact]
    public async Task Who_watches_the_broker_has_no_access_to_what_is_in_it()
    {
        // Whether the client library itself waits for the answer is its own affair; the next call has it.
        var error = await Record.ExceptionAsync(async () =>
        {
            await using var connection =
                await Amqp.ConnectAsync(users.AddressFor(BrokerUsers.Ops), "tests-ops");
            await connection.CreateChannelAsync(cancellationToken: Stop);
        });
        error.ShouldNotBeNull().GetBaseException().Message.ShouldContain("NOT_ALLOWED");
    }

    [Fact]
    public async Task A_missing_right_to_publish_is_named_and_the_events_wait()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await users.PermitAsync(
            BrokerUsers.Worker, "^(reversal-requested.*|payment-reversed)$", "^reversal-requested", ".*");
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        await Box.Upstream.SendAsync(Body);
        foreach (var exchange in (string[])[Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange])
        {
            await Until.LoggedInOneLineAsync(
                $"access to exchange '{exchange}'", "deploy/rabbitmq/definitions.sh");
        }

        await Box.Books.CountedAsync("reversals.outbox", 2);
        await Box.Broker.HoldsAsync(0);
        await users.ImportAsync();
        (await Box.Tap.HearAsync(2)).ShouldAllBe(one => !one.IsReplay, "each was handled once");
        await Box.Books.OutboxEmptyAsync();
    }

    [Fact]
    public async Task A_missing_right_to_read_is_named_and_the_requests_wait_untouched()
    {
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAsync(Body);
        await users.PermitAsync(BrokerUsers.Worker, ".*", ".*", "^payment-reversed$");
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["access to ", "'reversal-requested'", "deploy/rabbitmq/definitions.sh"], 40);
        (await Box.Broker.WaitingAsync()).ShouldBe(1u);

        await users.ImportAsync();
        await worker.BecomesReadyAsync();
        (await Box.Tap.HearAsync(1))[0].IsReplay.ShouldBeFalse();
    }

    [Fact]
    public async Task A_password_that_is_set_right_later_is_enough()
    {
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        Box.Settings["Outbound:Rest"] = "00:00:02";
        var link = Box.LinkToRabbitMq();
        await users.SetPasswordAsync(BrokerUsers.Worker, "another-password");
        var worker = await Box.StartUnreadyWorkerAsync();
        await TurnedAwayAsync(worker);
        await users.SetPasswordAsync(BrokerUsers.Worker, users.PasswordOf(BrokerUsers.Worker));
        await worker.BecomesReadyAsync();

        await users.SetPasswordAsync(BrokerUsers.Worker, "another-password");
        link.Cut();
        link.Restore();
        await TurnedAwayAsync(worker);
        await users.SetPasswordAsync(BrokerUsers.Worker, users.PasswordOf(BrokerUsers.Worker));
        await worker.BecomesReadyAsync();
        (await Box.AskAsync(Body)).Reason.ShouldBe("NO_IDENTIFIER");
    }

    static Task TurnedAwayAsync(HostedWorker worker) => worker.SaysAsync(["Check user and password"], 30);

    static async Task PublishAsync(IChannel channel, string exchange, string routingKey = "") =>
        await channel.BasicPublishAsync(exchange, routingKey, Some.Utf8(Body));
}
