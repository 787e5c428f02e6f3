namespace Reversals.Tests.Integration;

/// <summary>Others go on, so how many bills are held is a number of its own.</summary>
public sealed class HeldBillTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task Bills_that_somebody_holds_are_counted_while_others_go_on()
    {
        Box.Settings["Telemetry:PrometheusPort"] = FormattableString.Invariant($"{Ports.Free()}");
        await Box.Books.ManyAsync(3);
        await Box.StartWorkerAsync();
        await HeldAsync(0);
        await using (await Box.Books.HoldAsync("SELECT FROM billing.bill WHERE id > 1000001 FOR UPDATE"))
        {
            await Box.Upstream.SendAllAsync(Some.Requests(3));
            await Box.Books.AppliedAsync(1);
            await HeldAsync(2);
        }

        await HeldAsync(0);
        await Box.Books.AppliedAsync(3);
    }

    /// <summary>Bills that are held, as it tells Prometheus.</summary>
    async Task HeldAsync(int bills)
    {
        using var http = new HttpClient();
        var metrics = new Uri($"http://127.0.0.1:{Box.Settings["Telemetry:PrometheusPort"]}/metrics");
        await Until.TrueAsync(
            async () => (await http.GetStringAsync(metrics, Stop)).Split('\n').Any(line =>
                line.StartsWith("reversals_bills_held", StringComparison.Ordinal)
                && line.Split(' ')[1] == $"{bills}"),
            $"{bills} are held");
    }
}
