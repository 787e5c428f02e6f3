using Reversals.RabbitMq;

namespace Reversals.Tests.Integration;

/// <summary>RabbitMQ by several addresses: what one node does not take, another does, and soon.</summary>
public sealed class NodeListTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_node_with_a_typo_is_named_by_check_and_at_the_start_and_the_others_do_the_work()
    {
        var broker = new Uri(Box.Settings["ConnectionStrings:RabbitMq"]!);
        Box.Settings["ConnectionStrings:RabbitMq"] =
            $"amqp://{broker.UserInfo}@no-such-node.invalid,{broker.Host}:{broker.Port}{broker.AbsolutePath}";

        await Box.StartWorkerAsync();
        await Until.LoggedInOneLineAsync(
            "is of no use", "no-such-node.invalid:5672",
            "mend its address in ConnectionStrings:RabbitMq");
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
        var check = await VerbRun.OfAsync(Box.Settings, "check", width: 4_000);
        check.Code.ShouldBe(1, check.Out);
        check.Out.ShouldContain("no-such-node.invalid:5672");
    }

    [Fact]
    public async Task A_node_that_lets_one_in_and_does_nothing_is_tried_last()
    {
        var broker = new Uri(Box.Settings["ConnectionStrings:RabbitMq"]!);
        await using var hanging = new Link(broker.Host, broker.Port);
        await using var other = new Link(broker.Host, broker.Port);
        string At(params int[] ports) => $"amqp://{broker.UserInfo}@" +
            string.Join(',', ports.Select(port => $"127.0.0.1:{port}")) + broker.AbsolutePath;
        var both = new BrokerOptions { Address = At(hanging.Port, other.Port) };
        // It has a connection already: without what is known of the hanging node it comes second.
        await using var busy = await BrokerConnection.ConnectAsync(
            new BrokerOptions { Address = At(other.Port) }, "test", Stop);
        BrokerNodes.InOrder(both).First().Address.ShouldBe(At(hanging.Port));
        var connection = await BrokerConnection.ConnectAsync(
            new BrokerOptions { Address = At(hanging.Port) }, "test", Stop);

        hanging.Set(LinkState.Blackhole);
        var began = Stopwatch.GetTimestamp();
        await QuickEnd.OfAsync(connection);

        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(0.9, 3);
        BrokerNodes.InOrder(both).First().Address.ShouldBe(At(other.Port));
    }

    [Fact]
    public async Task A_node_that_goes_away_is_left_for_another_within_seconds()
    {
        await Box.Books.ManyAsync(30);
        var broker = new Uri(Box.Settings["ConnectionStrings:RabbitMq"]!);
        await using var one = new Link(broker.Host, broker.Port);
        await using var other = new Link(broker.Host, broker.Port);
        Box.Settings["ConnectionStrings:RabbitMq"] =
            $"amqp://{broker.UserInfo}@127.0.0.1:{one.Port},127.0.0.1:{other.Port}{broker.AbsolutePath}";
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(30).Take(10));
        await Box.Tap.HearAsync(10);

        foreach (var (link, count) in new[] { (one, 20), (other, 30) })
        {
            one.Restore();
            other.Restore();
            link.Cut();
            var began = Stopwatch.GetTimestamp();
            await Box.Upstream.SendAllAsync(Some.Requests(30).Skip(count - 10).Take(10));
            await Box.Tap.HearAsync(count);
            Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(10);
        }

        await Box.Books.OutboxEmptyAsync();
        (await Box.Tap.SettleAsync()).Where(heard => heard.Exchange == Wire.PaymentReversedExchange)
            .Select(heard => heard.EventId).Distinct().Count().ShouldBe(30);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(30);
    }
}
