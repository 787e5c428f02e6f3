using System.Text.Json;
using System.Text.RegularExpressions;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Observability;

/// <summary>A real Prometheus with the delivered configuration and rules, in a hurry: it asks and judges
/// every second, and an alert that has to hold for minutes need hold for one second only.</summary>
sealed partial class Prometheus : IAsyncDisposable
{
    const string BrokerVariable = "SERVERS_RABBITMQ_METRICS_ADDRESS";

    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    readonly Process _process;
    readonly DirectoryInfo _folder;
    readonly Uri _address;

    Prometheus(Process process, DirectoryInfo folder, Uri address) =>
        (_process, _folder, _address) = (process, folder, address);

    internal static async Task<Prometheus> WatchAsync(string worker, string gateway)
    {
        var broker = Environment.GetEnvironmentVariable(BrokerVariable) ?? throw new InvalidOperationException(
            $"These tests watch a RabbitMQ. Run tests/run.sh observability, or set {BrokerVariable} to host " +
            "and port of its plugin rabbitmq_prometheus.");
        var folder = Directory.CreateTempSubdirectory("reversal-prometheus-");
        await ChangeAsync(folder, "prometheus.yml", text => text
            .Replace("worker:9464", worker, StringComparison.Ordinal)
            .Replace("gateway:9465", gateway, StringComparison.Ordinal)
            .Replace("rabbitmq:15692", broker, StringComparison.Ordinal)
            .Replace(": 15s", ": 1s", StringComparison.Ordinal));
        await ChangeAsync(folder, "rules.yml", text => Minutes().Replace(text, "for: 1s"));
        var port = Ports.Free();
        var start = new ProcessStartInfo(
            "prometheus",
            [
                $"--config.file={folder.FullName}/prometheus.yml", $"--storage.tsdb.path={folder.FullName}/data",
                $"--web.listen-address=127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}",
                "--log.level=error",
            ]) { UseShellExecute = false };
        var prometheus = new Prometheus(Process.Start(start)!, folder, new($"http://127.0.0.1:{port}/api/v1/"));
        try
        {
            await Until.TrueAsync(prometheus.SeesAllAsync, "Prometheus reaches the worker, the gateway and the broker", 30);
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>The value of each series that a query finds.</summary>
    internal async Task<double[]> QueryAsync(string query)
    {
        var data = await GetAsync($"query?query={Uri.EscapeDataString(query)}");
        return
        [
            .. data.GetProperty("result").EnumerateArray().Select(series => double.Parse(
                series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Names of all metrics it was told of.</summary>
    internal async Task<string[]> NamesAsync() =>
        [.. (await GetAsync("label/__name__/values")).EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>Each alert of the rules with its expression.</summary>
    internal async Task<(string Name, string Query)[]> RulesAsync() =>
    [
        .. from file in (await GetAsync("rules")).GetProperty("groups").EnumerateArray()
           from rule in file.GetProperty("rules").EnumerateArray()
           select (rule.GetProperty("name").GetString()!, rule.GetProperty("query").GetString()!),
    ];

    /// <summary>The alerts that fire now.</summary>
    internal async Task<string[]> FiringAsync() =>
    [
        .. (await GetAsync("alerts")).GetProperty("alerts").EnumerateArray()
            .Where(alert => alert.GetProperty("state").GetString() == "firing")
            .Select(alert => alert.GetProperty("labels").GetProperty("alertname").GetString()!),
    ];

    async Task<bool> SeesAllAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"Prometheus ended with {_process.ExitCode}; it said why.");
        }

        try
        {
            return await QueryAsync("up == 1") is { Length: 4 };
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(_address, path));
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonElement.Parse(text).GetProperty("data")
            : throw new HttpRequestException($"{path}: {text}");
    }

    static async Task ChangeAsync(DirectoryInfo folder, string file, Func<string, string> change)
    {
        var text = await File.ReadAllTextAsync(Repository.PathOf($"deploy/observability/{file}"));
        var changed = change(text);
        changed.ShouldNotBe(text);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, file), changed);
    }

    [GeneratedRegex(@"\bfor: \d+m\b", RegexOptions.None, 5_000)]
    private static partial Regex Minutes();
}
