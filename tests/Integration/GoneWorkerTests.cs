namespace Reversals.Tests.Integration;

/// <summary>A worker that died, or that cannot write to PostgreSQL, is missed for ten minutes.</summary>
public sealed class GoneWorkerTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_worker_that_was_killed_is_missed_and_not_called_stalled()
    {
        Box.Settings["Page:Port"] = FormattableString.Invariant($"{Ports.Free()}");
        await Box.StartWorkerAsync();
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.worker_state
                (worker, at, unacknowledged, unacknowledged_dead, stalled_since, problem, settings_mark)
            VALUES ('dead', now() - interval '1 minute', 7, 0, now() - interval '2 minutes', 'of then', 'x')
            """);
        var text = (await RunAsync("status")).ShouldEndWith(0).Out.Replace('\n', ' ');
        text.ShouldContain("GONE: Worker dead has not been heard of since ");
        text.ShouldContain("outbox retry --leased");
        text.ShouldNotContain("STALLED");
        var status = (await RunAsync("status --json")).Json;
        status.GetProperty("gone")[0].GetString().ShouldStartWith("Worker dead has not been heard of since ");
        status.GetProperty("stalls").GetArrayLength().ShouldBe(0);
        using var http = new HttpClient();
        (await http.GetStringAsync(new Uri($"http://127.0.0.1:{Box.Settings["Page:Port"]}/"), Stop))
            .ShouldContain("Worker dead has not been heard of since ");
        (await VerbRun.OfAsync(Box.Settings, "check", width: 4_000)).ShouldEndWith(1).Out.Split('\n')
            .Single(line => line.Contains("worker dead", StringComparison.Ordinal))
            .ShouldContain("has not been heard of since");
    }
}
