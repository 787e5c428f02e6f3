using System.Globalization;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.RabbitMq;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>Of each message it says what is certain, and nobody waits for ever or without a bound.</summary>
public sealed class ConfirmedPublisherTests(Servers servers) : ServerTest(servers)
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    int _sent;

    [Fact]
    public async Task When_one_has_nowhere_to_go_none_of_those_before_it_is_said_to_be_refused()
    {
        await Box.DeployTopologyAsync();
        List<PublishResult> before = [];
        for (uint round = 1; !before.Contains(PublishResult.Unknown); round++)
        {
            round.ShouldBeLessThan(50u, "the broker always confirms before it closes the channel");
            await using var connection = await ConnectAsync();
            await using var publisher = await ConfirmedPublisher.OpenAsync(connection, 100, Stop);
            Task<PublishResult>[] taken = [.. Enumerable.Range(0, 10).Select(_ => PublishAsync(publisher))];
            var last = PublishAsync(publisher, "no-such-exchange");
            before.AddRange(await Task.WhenAll(taken).WaitAsync(Long, Stop));
            (await last.WaitAsync(Long, Stop)).ShouldBe(PublishResult.Refused);
            before.ShouldNotContain(PublishResult.Refused);
            var all = 10 * round;
            await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == all, "all before it were taken");
        }
    }

    [Fact]
    public async Task Beyond_its_bound_of_unconfirmed_messages_nothing_is_sent()
    {
        await Box.DeployTopologyAsync();
        var link = Box.LinkToRabbitMq();
        await using var connection = await ConnectAsync();
        await using var publisher = await ConfirmedPublisher.OpenAsync(connection, 3, Stop);
        link.Set(LinkState.Deaf);
        Task<PublishResult>[] unconfirmed = [.. Enumerable.Range(0, 3).Select(_ => PublishAsync(publisher))];
        await Until.TrueAsync(async () => await Box.Broker.WaitingAsync() == 3, "the broker has all three");
        (await PublishAsync(publisher).WaitAsync(Long, Stop)).ShouldBe(PublishResult.NotSent);
        unconfirmed.ShouldAllBe(one => !one.IsCompleted);
        link.Restore();
        (await Task.WhenAll(unconfirmed).WaitAsync(Long, Stop)).ShouldAllBe(one => one == PublishResult.Confirmed);
        (await PublishAsync(publisher).WaitAsync(Long, Stop)).ShouldBe(PublishResult.Confirmed);
        (await Box.Broker.WaitingAsync()).ShouldBe(4u);
    }

    [Fact]
    public async Task Whoever_waits_for_a_turn_is_told_the_end_of_the_connection()
    {
        await Box.DeployTopologyAsync();
        var link = Box.LinkToRabbitMq();
        var connection = await ConnectAsync();
        var publisher = await ConfirmedPublisher.OpenAsync(connection, 10_000, Stop);
        link.Set(LinkState.Blackhole);
        var body = new byte[Wire.MaxBodyBytes];
        // More than all buffers on the way hold, so most wait for their turn.
        Task<PublishResult>[] all = [.. Enumerable.Range(0, 600).Select(_ => PublishAsync(publisher, body: body))];
        all.ShouldAllBe(one => !one.IsCompleted);
        link.Cut();
        await connection.DisposeAsync();
        await publisher.DisposeAsync();
        (await Task.WhenAll(all).WaitAsync(Long, Stop))
            .ShouldAllBe(one => one == PublishResult.Unknown || one == PublishResult.NotSent);
        (await Box.Broker.WaitingAsync()).ShouldBe(0u);
    }

    Task<PublishResult> PublishAsync(
        ConfirmedPublisher publisher, string exchange = Wire.RequestExchange, byte[]? body = null) =>
        publisher.PublishAsync(
            exchange,
            new BasicProperties { MessageId = (++_sent).ToString(CultureInfo.InvariantCulture) },
            body ?? Some.Utf8("{}"), Stop);

    Task<IConnection> ConnectAsync() => BrokerConnection.Factory(
        new RabbitMqOptions().At(Box.Settings["ConnectionStrings:RabbitMq"]!), "tests-publisher")
        .CreateConnectionAsync(Stop);
}
