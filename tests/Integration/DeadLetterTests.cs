using Npgsql;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>Messages that the broker gave up redelivering: workers read them too, one at a time.</summary>
public sealed class DeadLetterTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task What_lies_among_the_dead_letters_is_answered_or_quarantined_like_any_other_message()
    {
        await Box.Books.ManyAsync(1);
        await Box.DeployTopologyAsync();
        await using var connection = await Amqp.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!, "tests-dead");
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        foreach (var (body, signed) in ((string, bool)[])
            [(Some.Request("P1", "request-1"), true), ("{}", false)])
        {
            var bytes = Some.Utf8(body);
            var properties = new BasicProperties { Headers = signed ? Some.Signed(bytes) : null };
            await channel.BasicPublishAsync(
                Wire.DeadLetterQueue, routingKey: "", mandatory: true, properties, bytes, Stop);
        }

        await Box.StartWorkerAsync();
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.Books.QuarantinedAsync(1);
        await Box.Books.OutboxEmptyAsync();
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_worker_killed_21_times_with_messages_in_flight_loses_nothing_and_doubles_nothing()
    {
        const int requests = 200;
        await Box.Books.ManyAsync(requests);
        await Box.DeployTopologyAsync();
        await Box.Upstream.SendAllAsync(Some.Requests(requests));
        await Box.SetPolicyAsync(Wire.RequestQueue, """{"delivery-limit": 5}""");
        try
        {
            await KillAsync(times: 21);
        }
        finally
        {
            await Box.SetPolicyAsync(Wire.RequestQueue, definition: "");
        }

        await Box.StartWorkerAsync();
        await Until.TrueAsync(
            async () => await Box.Books.CountAsync("reversals.reversal") == requests, "all are applied", 60);
        await Box.Books.OutboxEmptyAsync();
        var heard = await Box.Tap.SettleAsync();
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(requests);
        heard.ShouldAllBe(one => one.Reason == "REVERSED");
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        await Box.NothingIsLeftAsync();
    }

    /// <summary>All bills are held meanwhile, so that no commit is faster than the kill.</summary>
    async Task KillAsync(int times)
    {
        await using var stranger = await Box.Books.OpenAsync();
        await using var transaction = await stranger.BeginTransactionAsync(Stop);
        await using var hold = new NpgsqlCommand(
            "SELECT id FROM billing.bill FOR UPDATE", stranger, transaction);
        await hold.ExecuteNonQueryAsync(Stop);
        for (var kill = 1; kill <= times; kill++)
        {
            using (var worker = WorkerProcess.Start(["run"], Settings()))
            {
                await Until.TrueAsync(
                    async () => await Box.Broker.ReadersAsync() == 1, $"it reads before kill {kill}", 40);
            }

            await Until.TrueAsync(
                async () => await Box.Broker.ReadersAsync() == 0, $"the broker misses it after kill {kill}");
        }

        (await Box.Broker.WaitingAsync(Wire.DeadLetterQueue)).ShouldBeGreaterThan(0u, "the limit is crossed");
    }

    /// <summary>The sandbox's configuration, on a port of its own.</summary>
    Dictionary<string, string?> Settings() => new(Box.Settings, StringComparer.Ordinal)
    {
        ["Health:Port"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
    };
}
