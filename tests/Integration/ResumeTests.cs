using Microsoft.Extensions.Configuration;
using Reversals.Operations.Actions;
using Reversals.Operations.Commands;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>
/// What was kept of a paused client is decided once it is resumed, in the order of its arrival, and whoever was
/// told no meanwhile does not find it applied.
/// </summary>
public sealed class ResumeTests(Servers servers) : ServerTest(servers)
{
    const int Requests = 30;

    [Fact]
    public async Task What_was_kept_is_decided_in_the_order_of_its_arrival()
    {
        await Box.PausedAsync(Requests);
        foreach (var body in Some.Requests(Requests))
        {
            await Box.Upstream.SendAsync(body);
        }

        await Box.KeptAsync(Requests);
        (await RunAsync(ClientPause.Resume)).ShouldEndWith(0);
        await Box.Books.AppliedAsync(Requests);
        (await Box.Books.TextsAsync("SELECT reference_id FROM reversals.reversal ORDER BY ctid"))
            .ShouldBe(Enumerable.Range(1, Requests).Select(n => $"request-{n}"));
    }

    [Fact]
    public async Task Workers_that_are_killed_while_they_keep_and_while_they_drain_lose_and_repeat_nothing()
    {
        const int many = 400;
        await Box.Books.ManyAsync(many);
        await Box.DeployTopologyAsync();
        (await RunAsync(ClientPause.Pause)).ShouldEndWith(0);
        await Box.Upstream.SendAllAsync(Some.Requests(many));
        await KillOneAfterAsync("reversals.quarantine", 50);
        await KillOneAfterAsync("reversals.quarantine", 150);
        var worker = await Box.StartWorkerAsync();
        await Box.Broker.HoldsAsync(0);
        await Box.KeptAsync(many);
        await worker.StopAsync();

        var resume = RunAsync(ClientPause.Resume + " --wait 20s");
        await KillOneAfterAsync("reversals.reversal", 50);
        await Box.StartWorkerAsync();
        await resume;
        (await RunAsync(ClientPause.Resume + " --note again")).Code.ShouldBeLessThan(2);
        await Box.Books.AppliedAsync(many);
        await Box.KeptAsync(0);
        await Box.SettledAsync();
        var heard = await Box.Tap.SettleAsync();
        heard.Select(one => one.ReferenceId).Distinct().Count().ShouldBe(many);
        heard.Select(one => one.EventId).Distinct().Count().ShouldBe(many);
    }

    [Fact]
    public async Task What_a_key_that_is_withdrawn_meanwhile_signed_is_not_applied_and_stays()
    {
        await Box.PausedAsync(Requests);
        await Box.Upstream.SendAllAsync(Some.Requests(3));
        await Box.KeptAsync(3);
        await Box.RestartWithKeyAsync("another-key-of-acme");

        (await RunAsync(ClientPause.Resume)).ShouldEndWith(1).Json.GetProperty("left").GetInt32().ShouldBe(3);
        (await RunAsync($"resume --client {Some.Client} --yes")).ShouldEndWith(1).Out.Replace('\n', ' ')
            .ShouldContain("SIGNATURE_INVALID");
        await Box.KeptAsync(3);
        (await Box.Books.CountAsync("reversals.event")).ShouldBe(0);
    }

    [Theory]
    [Each("its key", "itself")]
    public async Task What_was_refused_meanwhile_is_not_applied(string by)
    {
        await Box.PausedAsync(Requests);
        var sentAt = TimeProvider.System.GetUtcNow().AddSeconds(-10).ToUnixTimeSeconds();
        await SendAsync("one", sentAt);
        await Box.KeptAsync(1);
        // Somebody ends the pause, and what was kept is not sent yet.
        await Box.Books.RunAsync("DELETE FROM reversals.pause");
        await Box.StopWorkersAsync();
        await Box.StartWorkerAsync();
        await SendAsync(by == "itself" ? "one" : "two", by == "itself" ? sentAt : null);
        var told = (await Box.Tap.HearAsync(1))[0];
        told.Reason.ShouldBe("PAYMENT_NOT_FOUND");

        await ToldTheSameAsync(told);
    }

    /// <summary>Its worker died between the refusal and the acknowledgement, and its sender gave no time.</summary>
    [Fact]
    public async Task What_was_refused_before_the_pause_and_comes_again_during_it_is_not_applied()
    {
        await Box.Books.ManyAsync(1);
        await Box.StartWorkerAsync();
        await SendAsync("one", sentAt: null);
        var told = (await Box.Tap.HearAsync(1))[0];
        told.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        (await RunAsync(ClientPause.Pause)).ShouldEndWith(0);
        await SendAsync("one", sentAt: null);
        await Box.KeptAsync(1);

        await ToldTheSameAsync(told);
    }

    [Fact]
    public async Task What_is_kept_is_meant_by_its_cause_or_its_id_alone()
    {
        await Box.PausedAsync(1);
        await Box.Upstream.SendAllAsync(Some.Requests(1));
        await Box.KeptAsync(1);

        (await RunAsync($"quarantine discard --client {Some.Client} --note junk --as duty --yes")).Code.ShouldBeLessThan(2);
        (await RunAsync($"quarantine replay --client {Some.Client} --as duty --yes")).Code.ShouldBeLessThan(2);
        await Box.KeptAsync(1);
        (await Box.Books.NumberAsync("SELECT count(*) FROM reversals.quarantine")).ShouldBe(1);
        (await RunAsync("quarantine discard --cause PAUSED --note gone --as duty --yes")).ShouldEndWith(0);
        await Box.KeptAsync(0);
    }

    [Fact]
    public async Task A_bill_that_somebody_holds_keeps_none_of_the_others_waiting()
    {
        await Box.PausedAsync(Requests);
        await Box.Upstream.SendAllAsync(Some.Requests(Requests));
        await Box.KeptAsync(Requests);
        await using (await Box.Books.HoldAsync("SELECT FROM billing.bill WHERE id = 1000001 FOR UPDATE"))
        {
            var resumed = await RunAsync(ClientPause.Resume + " --wait 2s");
            resumed.ShouldEndWith(1).Json.GetProperty("sent").GetInt32().ShouldBe(Requests);
            resumed.Json.GetProperty("why").GetString()!.ShouldContain("Nothing was heard of 1 message");
            await Box.Books.AppliedAsync(Requests - 1);
        }

        await Box.Books.AppliedAsync(Requests);
    }

    [Fact]
    public async Task With_a_hundred_thousand_kept_each_look_takes_a_moment()
    {
        const int many = 100_000;
        await Box.PausedAsync(Requests);
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.quarantine (cause, detail, client_id, client, headers, body, received_at,
                fingerprint, resolution, resolved_at, resolved_by)
            SELECT 'PAUSED', 'x', 'acme', 'acme', '{}', '{}', now(), sha256(n::text::bytea),
                CASE WHEN n > @many THEN 'replayed' END, CASE WHEN n > @many THEN now() END,
                CASE WHEN n > @many THEN 'duty' END
            FROM generate_series(1, 2 * @many) n;
            """,
            new { many });
        await Box.Books.RunAsync("VACUUM ANALYZE reversals.quarantine");
        await using var database = CommandContext.Open(WorkerConfiguration.Read(
            new ConfigurationBuilder().AddInMemoryCollection(Box.Settings).Build()));
        await KeptNowAsync(database);

        await WithinAsync(1, async () => (await KeptNowAsync(database)).ShouldBe(many));
        var filter = PausedReplay.Of(Some.Client);
        NpgsqlParameter[] next =
        [
            .. QuarantineAdmin.Taken(filter), Parameter.Bigint(0), Parameter.Integer(200),
            Parameter.Bigint(long.MaxValue),
        ];
        await WithinAsync(1, async () =>
            (await Query.ReadAsync<StoredMessage>(database, "quarantine_take", Stop, next)).Count.ShouldBe(200));
        await WithinAsync(2, async () => (await RunAsync("status")).ShouldEndWith(0).Out.ShouldContain("PAUSED"));
    }

    static async Task<long> KeptNowAsync(PostgresServers database) =>
        (await Processing.Storage.Pause.ReadAsync(database, most: 1_000_000, Stop)).Single().Kept;

    /// <summary>The payment is there by now, and what was kept is answered as before all the same.</summary>
    async Task ToldTheSameAsync(Heard told)
    {
        await Box.Books.PaidAsync("LATE", 1_000);
        (await RunAsync(ClientPause.Resume)).ShouldEndWith(0);
        var again = (await Box.Tap.HearAsync(2))[1];
        again.IsReplay.ShouldBeTrue();
        again.Body.ShouldBe(told.Body);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(0);
    }

    Task SendAsync(string id, long? sentAt) => Box.Upstream.SendAsync(
        Some.Request("LATE", "request-1"), change: to =>
        {
            to.Headers![Wire.PendingForHeader] = "0";
            to.MessageId = id;
            if (sentAt is { } at)
            {
                to.Timestamp = new AmqpTimestamp(at);
            }
        });

    /// <summary>A worker of its own process is killed once a table has so many rows.</summary>
    async Task KillOneAfterAsync(string table, int count)
    {
        using var worker = Box.StartProcess();
        await Until.TrueAsync(
            async () => await Box.Books.CountAsync(table) >= count, $"{count} rows in {table}");
        worker.Signal(9);
        await worker.ExitAsync();
    }
}
