using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

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
