using System.Collections.Concurrent;
using MassTransit;
using Reversals.Contracts.MassTransit;

namespace Reversals.Tests.Integration;

/// <summary>
/// Services that use MassTransit, each with a bus of its own and no more rights than
/// <c>deploy/rabbitmq/definitions.sh</c> gives it.
/// </summary>
public sealed class MassTransitNeighbourTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string SigningKey = "the-key-of-the-events";

    [Fact]
    public async Task An_upstream_asks_and_a_subscriber_hears_each_event_as_its_own_type()
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P1", 10_000);
        await StartAsync(SigningKey);
        var heard = new ConcurrentQueue<(string Consumer, ReversalEvent Event, string? CorrelationId)>();
        await using var ledger = await BusAsync(BrokerUsers.WithQueue, bus =>
            bus.ReceiveReversalEvents(
                BrokerUsers.OwnQueue,
                endpoint =>
                {
                    endpoint.Handler<PaymentReversed>(context => Keep(heard, "reversed", context));
                    endpoint.Handler<ReversalRejected>(context => Keep(heard, "rejected", context));
                },
                "the-key-before", SigningKey));
        await using var upstream = await BusAsync(BrokerUsers.OwnUpstream);

        await SendAsync(upstream, "request-1", "correlation 1");
        await SendAsync(upstream, "request-2", "correlation 2");

        await Until.TrueAsync(() => heard.Count >= 2, "both events are consumed");
        heard.Select(one => (one.Consumer, one.Event.ReferenceId, one.Event.Reason, one.CorrelationId)).ShouldBe(
            [
                ("reversed", "request-1", "REVERSED", "correlation 1"),
                ("rejected", "request-2", "ALREADY_REVERSED", "correlation 2"),
            ],
            ignoreOrder: true);
        (await Box.Broker.WaitingAsync(BrokerUsers.OwnQueue)).ShouldBe(0u);
        (await Box.Broker.HasQueueAsync(BrokerUsers.OwnQueue + "_skipped")).ShouldBeFalse();
        (await Box.Broker.HasQueueAsync(BrokerUsers.OwnQueue + "_error")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_event_that_somebody_else_signed_is_consumed_by_nobody_and_kept()
    {
        await StartAsync("somebody-elses-key");
        var heard = new ConcurrentQueue<(string, ReversalEvent, string?)>();
        await using var ledger = await BusAsync(BrokerUsers.WithQueue, bus =>
            bus.ReceiveReversalEvents(
                BrokerUsers.OwnQueue,
                endpoint => endpoint.Handler<ReversalEvent>(context => Keep(heard, "any", context)), SigningKey));
        await Box.Upstream.SendAsync("{}");

        const string errors = BrokerUsers.OwnQueue + "_error";
        await Until.TrueAsync(
            async () => await Box.Broker.HasQueueAsync(errors) && await Box.Broker.WaitingAsync(errors) == 1,
            "the event waits among the errors");
        heard.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_that_reaches_no_queue_throws()
    {
        await StartAsync(SigningKey);
        await Box.Broker.UnbindAsync();
        await using var upstream = await BusAsync(BrokerUsers.OwnUpstream);

        await Should.ThrowAsync<MessageReturnedException>(() => SendAsync(upstream, "request-1", null));
    }

    [Fact]
    public async Task Published_the_naive_way_a_request_throws_instead_of_going_nowhere()
    {
        await using var upstream = await BusAsync(BrokerUsers.OwnUpstream);
        var signed = Signed("request-1");

        var publish = await Record.ExceptionAsync(() => upstream.Bus.Publish(signed, Stop));
        var send = await Record.ExceptionAsync(async () =>
            await (await upstream.Bus.GetSendEndpoint(new Uri("exchange:acme-reversals"))).Send(signed, Stop));

        publish.ShouldNotBeNull();
        send.ShouldNotBeNull();
        await Should.ThrowAsync<ArgumentException>(
            () => upstream.Bus.SendReversalAsync(BrokerUsers.OwnExchange, default));
    }

    /// <summary>Its own endpoints are read and written as ever, beside the one for our events.</summary>
    [Fact]
    public async Task No_other_message_of_the_bus_changes()
    {
        const string queue = BrokerUsers.OtherQueue;
        await StartAsync(SigningKey);
        var heard = new ConcurrentQueue<(Other Message, string? ContentType)>();
        await using var ledger = await BusAsync(BrokerUsers.WithQueue, bus =>
        {
            bus.ReceiveReversalEvents(BrokerUsers.OwnQueue, _ => { }, SigningKey);
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.Handler<Other>(context =>
                {
                    heard.Enqueue((context.Message, context.ReceiveContext.ContentType?.MediaType));
                    return Task.CompletedTask;
                });
            });
        });
        var sent = new Other(10_000.50m, DateTimeOffset.UnixEpoch, DayOfWeek.Friday);

        await (await ledger.Bus.GetSendEndpoint(new Uri($"queue:{queue}"))).Send(sent, Stop);

        await Until.TrueAsync(() => !heard.IsEmpty, "the other message is consumed");
        heard.ShouldBe([(sent, "application/vnd.masstransit+json")]);
    }

    [Theory]
    [InlineData(Wire.PaymentReversedExchange)]
    [InlineData(Wire.ReversalRejectedExchange)]
    [InlineData(Wire.RequestExchange)]
    [InlineData(" ")]
    public void A_queue_with_the_name_of_an_exchange_of_the_worker_is_refused(string queue) =>
        Should.Throw<ArgumentException>(() => global::MassTransit.Bus.Factory.CreateUsingRabbitMq(
                bus => bus.ReceiveReversalEvents(queue, _ => { })))
            .ParamName.ShouldBe("queue");

    /// <summary>As it comes from a setting that is not there.</summary>
    [Fact]
    public void An_empty_signing_key_is_refused_instead_of_every_event() =>
        Should.Throw<ArgumentException>(() => global::MassTransit.Bus.Factory.CreateUsingRabbitMq(
                bus => bus.ReceiveReversalEvents(BrokerUsers.OwnQueue, _ => { }, SigningKey, "")))
            .ParamName.ShouldBe("signingKeys");

    [Theory]
    [InlineData(Wire.RequestExchange)]
    [InlineData("exchange:acme-reversals")]
    [InlineData("acme-reversals?type=topic")]
    [InlineData("")]
    public async Task What_is_no_name_of_an_own_exchange_is_refused(string exchange)
    {
        await using var upstream = await BusAsync(BrokerUsers.OwnUpstream);
        (await Should.ThrowAsync<ArgumentException>(
            () => upstream.Bus.SendReversalAsync(exchange, Signed("request-1"))))
            .ParamName.ShouldBe("exchange");
    }

    [Fact]
    public async Task A_user_without_the_right_is_told_in_time_what_to_look_at()
    {
        await StartAsync(SigningKey);
        await using var upstream = await BusAsync(BrokerUsers.OwnUpstream);
        var error = await Should.ThrowAsync<TimeoutException>(() => upstream.Bus.SendReversalAsync(
            "globex-reversals", Signed("request-1"), "any", TimeSpan.FromSeconds(3), Stop));
        error.Message.ShouldContain("a user who may not declare globex-reversals");
    }

    async Task StartAsync(string signingKey)
    {
        await users.CleanAsync();
        await users.ImportAsync();
        Box.Settings["Events:SigningKey"] = signingKey;
        await Box.StartWorkerAsync();
    }

    static Task SendAsync(RunningBus upstream, string reference, string? correlationId) =>
        upstream.Bus.SendReversalAsync(BrokerUsers.OwnExchange, Signed(reference), correlationId, Stop);

    static SignedReversalRequest Signed(string reference) =>
        new ReversalRequestBody { PaymentRef = "P1", ReferenceId = reference }.Sign(Some.Client, Some.Key);

    static Task Keep<T>(
        ConcurrentQueue<(string, ReversalEvent, string?)> heard, string consumer, ConsumeContext<T> context)
        where T : ReversalEvent
    {
        context.ReceiveContext.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery);
        heard.Enqueue((consumer, context.Message, delivery?.Properties.CorrelationId));
        return Task.CompletedTask;
    }

    async Task<RunningBus> BusAsync(string user, Action<IRabbitMqBusFactoryConfigurator>? configure = null)
    {
        var control = global::MassTransit.Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.Host(new Uri(users.AddressFor(user)));
            configure?.Invoke(bus);
        });
        await control.StartAsync(Stop);
        (await control.WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(20)))
            .ShouldBe(BusHealthStatus.Healthy, string.Join('\n', control.CheckHealth().Endpoints.Values
                .Select(one => $"{one.Description}: {one.Exception}")));
        return new RunningBus(control);
    }

    internal sealed record Other(decimal Amount, DateTimeOffset At, DayOfWeek Day);

    sealed record RunningBus(IBusControl Bus) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Bus.StopAsync(TimeSpan.FromSeconds(10));
    }
}
