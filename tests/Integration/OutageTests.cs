using System.Diagnostics;
using System.Net;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>A server that stays away for a while: nothing is held, nothing is lost, and it goes on by itself.</summary>
public sealed class OutageTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task While_nothing_can_be_committed_the_messages_go_back_once_and_reading_goes_on_by_itself()
    {
        const int requests = 300;
        Box.Settings["Batching:PauseAfter"] = "00:00:01";
        await Box.Books.ManyAsync(requests);
        var link = Box.LinkToPostgres();
        var worker = await Box.StartWorkerAsync();
        link.Cut();
        await Box.Upstream.SendAllAsync(Some.Requests(requests));
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));

        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync() == requests + 1
                && await Box.Broker.ReadersAsync() == 0,
            "all are back in the queue");
        (await worker.LiveAsync()).Status.ShouldBe(HttpStatusCode.OK);
        var ready = await worker.ReadyAsync();
        ready.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        ready.Problem.ShouldNotBeNull().ShouldContain("PostgreSQL at 127.0.0.1");
        (await DeliveryCountsAsync()).ShouldAllBe(count => count == 1);
        await Until.LoggedAsync("next try in 500 ms");

        link.Restore();
        var began = Stopwatch.GetTimestamp();
        await Until.TrueAsync(async () => await Box.Broker.ReadersAsync() == 1, "it reads again", 5);
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(2);
        (await Box.Tap.HearAsync(requests)).ShouldAllBe(one => one.Reason == "REVERSED" && !one.IsReplay);
        await Box.Books.QuarantinedAsync(1);
        (await worker.ReadyAsync()).Problem.ShouldBeNull();
        await Box.Books.OutboxEmptyAsync();
        await Box.NothingIsLeftAsync();
    }

    /// <summary>How often the broker had to take each waiting message back; looking counts as once more.</summary>
    async Task<List<long>> DeliveryCountsAsync()
    {
        await using var connection = await Broker.NewConnectionAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!, "tests-look");
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        List<long> counts = [];
        while (await channel.BasicGetAsync(Wire.RequestQueue, autoAck: false, Stop) is { } message)
        {
            counts.Add(message.BasicProperties.Headers?.TryGetValue("x-delivery-count", out var count) == true
                ? Convert.ToInt64(count, null)
                : 0);
        }

        return counts;
    }
}
