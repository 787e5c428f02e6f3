using System.Security.Cryptography;

namespace Reversals.Tests.Integration;

/// <summary>What is large or very much takes no more memory, rows or log lines than what is small.</summary>
public sealed class OversizeTests(Servers servers) : ServerTest(servers)
{
    const int MiB = 1024 * 1024;

    [Fact]
    public async Task Eight_hundred_unsigned_messages_of_1_MiB_are_quarantined_once_each_within_1_GiB()
    {
        const int count = 800;
        await Box.Books.ManyAsync(1);
        await Box.DeployTopologyAsync();
        foreach (var group in Enumerable.Range(0, count).Chunk(8))
        {
            await Task.WhenAll(group.Select(number => Box.Upstream.SendRawAsync(
                Large(number, MiB), new BasicProperties { DeliveryMode = DeliveryModes.Persistent })));
        }

        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        using var limit = new MemoryLimit(1024 * MiB);
        var began = Stopwatch.GetTimestamp();
        using var worker = Box.StartProcess(limit);
        await Box.Books.QuarantinedAsync(count, 60);
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        var took = Stopwatch.GetElapsedTime(began);
        await Box.Broker.HoldsAsync(0);
        var peak = worker.PeakMemory;
        await worker.TerminateAsync();

        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture,
            $"{limit.How}: peak {peak / MiB} MiB, {took.TotalSeconds:0.0} s"));
        worker.ExitCode.ShouldBe(0);
        peak.ShouldBeLessThan(512 * MiB);
        worker.Output.ShouldNotContain("Nothing can be read");
        worker.Output.Split('\n').Count(line => line.Contains("Quarantined")).ShouldBeLessThan(8);
        (await Box.Books.NumberAsync("SELECT sum(times)::bigint FROM reversals.quarantine")).ShouldBe(count);
        (await Box.Books.NumberAsync("SELECT max(octet_length(body))::bigint FROM reversals.quarantine"))
            .ShouldBe(4096);
        await Box.NothingIsLeftAsync();
    }

    [Theory]
    [Each(Wire.MaxBodyBytes + 1, 200_000, 20 * MiB)]
    public async Task Of_a_body_that_is_too_large_head_size_and_hash_are_kept_and_no_replay_sends_it(int size)
    {
        await Box.StartWorkerAsync();
        var body = Large(7, size);
        await Box.Upstream.SendAsync(body);
        await Box.Books.QuarantinedAsync(1);

        var kept = (await Box.Books.QuarantineAsync()).ShouldHaveSingleItem();
        kept.Cause.ShouldBe("BODY_TOO_LARGE");
        kept.Body.ShouldBe(body[..4096]);
        kept.Signature.ShouldBe(Signature.Compute(body, Some.Key));
        kept.ClientId.ShouldBe(Some.Client);
        kept.Headers.ShouldNotContain("note-");
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        (await Box.Books.TextAsync("SELECT body_size || ' ' || encode(body_sha256, 'hex') " +
            "FROM reversals.quarantine")).ShouldBe($"{size} {hash}");
        var replay = await RunAsync("quarantine replay 1 --yes --json");
        replay.ShouldEndWith(1).Out.ShouldContain(string.Create(CultureInfo.InvariantCulture,
            $"of its {size} bytes only the first 4096 were kept"));
        (await RunAsync("quarantine show 1")).ShouldEndWith(0).Out.ShouldContain(hash);
        (await RunAsync("quarantine list")).ShouldEndWith(0);
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_body_of_exactly_64_KiB_is_read()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        var request = Some.Request("P1", "request-1");
        await Box.Upstream.SendAsync(request + new string(' ', Wire.MaxBodyBytes - request.Length));
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Headers_that_are_many_or_large_are_kept_in_part_and_take_little_memory()
    {
        await Box.Books.ManyAsync(1);
        await Box.DeployTopologyAsync();
        object?[] bombs =
        [
            new string('x', 110_000), Enumerable.Repeat<object?>(null, 100_000).ToList(),
            Enumerable.Repeat<object?>(new List<object?>(), 20_000).ToList(),
            Enumerable.Range(0, 12_000).ToDictionary(
                n => n.ToString(CultureInfo.InvariantCulture), _ => (object?)null, StringComparer.Ordinal),
        ];
        const int each = 200;
        foreach (var (kind, bomb) in bombs.Index())
        {
            await Task.WhenAll(Enumerable.Range(0, each).Select(number => Box.Upstream.SendAsync(
                $"{kind}-{number}", change: to => to.Headers!["bomb"] = bomb)));
        }

        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        using var limit = new MemoryLimit(1024 * MiB);
        using var worker = Box.StartProcess(limit);
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Until.TrueAsync(async () => await Box.Books.CountAsync("reversals.quarantine")
            == each * bombs.Length, "all are quarantined", 60);
        worker.PeakMemory.ShouldBeLessThan(512 * MiB);
        await worker.TerminateAsync();
        var kept = await Box.Books.QuarantineAsync();
        kept.ShouldAllBe(one => one.Cause == "HEADERS_TOO_LARGE" && one.ClientId == Some.Client);
        kept.ShouldAllBe(one => one.Headers.Length < 1_000 && one.Headers.Contains(" bytes)"));
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task The_same_message_again_is_one_row_until_somebody_saw_to_it()
    {
        await Box.StartWorkerAsync(count: 2);
        var body = Large(1, 1_000);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Box.Upstream.SendRawAsync(body, new())));
        await Until.TrueAsync(async () => await Box.Books.NumberAsync(
            "SELECT coalesce(sum(times), 0)::bigint FROM reversals.quarantine") == 200, "all are counted");
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(1);

        await DiscardAsync("SIGNATURE_MISSING");
        await Box.Upstream.SendRawAsync(body, new());
        await Box.Books.QuarantinedAsync(2);
        await Box.Upstream.SendRawAsync(body, new() { Timestamp = new AmqpTimestamp(1_772_334_000) });
        await Box.Books.QuarantinedAsync(3);
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Beyond_the_limits_unproved_messages_are_counted_and_proved_ones_are_kept()
    {
        var broken = await Box.Books.PaidAsync("POISON", 10_000);
        await Box.Books.ManyAsync(2);
        await Box.Books.PoisonAsync(broken);
        (Box.Settings["Quarantine:MaxPerClient"], Box.Settings["Quarantine:Max"]) = ("5", "8");
        await Box.StartWorkerAsync();
        for (var number = 0; number < 10; number++)
        {
            await Box.Upstream.SendRawAsync(Large(number, 100), new BasicProperties());
            await Box.Upstream.SendAsync(
                Large(number, 100), change: to => to.Headers!["Signature"] = "wrong");
        }

        await Until.TrueAsync(async () => await Box.Books.NumberAsync(
            "SELECT coalesce(sum(count), 0)::bigint FROM reversals.quarantine_dropped") == 12,
            "12 are counted");
        await Box.Upstream.SendAsync(Some.Request("POISON", "request-1"));
        await Box.Books.QuarantinedAsync(9);
        (await Box.Books.QuarantineAsync())[^1].Cause.ShouldBe("INTERNAL_ERROR");
        (await Box.Books.NumberAsync(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM reversals.quarantine GROUP BY client) c"))
            .ShouldBe(5);
        await Until.LoggedInOneLineAsync("The quarantine is full", "Quarantine:MaxPerClient");
        LogCapture.Text.Split('\n').Count(line => line.Contains("The quarantine is full")).ShouldBe(1);
        (await RunAsync("status")).Out.ShouldContain("12 not kept");

        await DiscardAsync("SIGNATURE_MISSING");
        var more = 100;
        await Until.TrueAsync(async () =>
        {
            await Box.Upstream.SendRawAsync(Large(++more, 100), new BasicProperties());
            return await Box.Books.CountAsync("reversals.quarantine") > 9;
        }, "there is room again");
    }

    async Task DiscardAsync(string cause) => (await RunAsync($"quarantine discard --cause {cause} --note seen --yes")).ShouldEndWith(0);

    /// <summary>Bytes that no other number gives.</summary>
    static byte[] Large(int number, int size)
    {
        var body = new byte[size];
        body.AsSpan().Fill((byte)'a');
        BitConverter.TryWriteBytes(body, number);
        return body;
    }
}
