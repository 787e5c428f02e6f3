using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Contracts;
using Reversals.Hosting;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// The worker's own statements, a commit for each reversal, no broker at all; TLS as the worker has it.
/// </summary>
sealed class Pgbench(BenchOptions options, Servers servers, Shape shape)
{
    static readonly int[] Clients = [1, 8, 32];
    int _runs;

    internal async Task<List<Figure>> RunAsync(string database)
    {
        var body = await BodyAsync(database);
        await servers.CheckpointAsync();
        // Not counted: the others too have had their first messages before they are measured.
        await RunAsync(database, body, clients: 8, pipelined: false);
        var figures = new List<Figure>();
        foreach (var clients in Clients)
        {
            figures.Add(await RunAsync(database, body, clients, pipelined: false));
        }

        var best = Clients[figures.IndexOf(figures.MaxBy(figure => figure.MessagesPerSecond)!)];
        figures.Add(await RunAsync(database, body, best, pipelined: true));
        await servers.DropAsync(database);
        return figures;
    }

    /// <summary>What the measured name of so many clients is.</summary>
    internal static string Measured(int clients) =>
        string.Create(CultureInfo.InvariantCulture, $"{clients} clients");

    /// <summary>The worker decides one request, so that the event has its real size.</summary>
    async Task<string> BodyAsync(string database)
    {
        await using var source = Database.Open(
            servers.ConnectionString(database), NullLoggerFactory.Instance);
        using var signals = new RelayHandoffs(TimeProvider.System);
        var settings = new WorkerOptions();
        settings.Clients[Shape.Client] = new ClientOptions();
        var policies = new ClientPolicies(new LiveSettings<WorkerOptions>(settings));
        var now = TimeProvider.System.GetUtcNow();
        var request = new ReversalRequest
        {
            ClientId = Shape.Client, SentAt = now, ReceivedAt = now, PaymentRef = "P000000001",
            ReferenceId = "SAMPLE", Amount = 1,
        };
        await new ReversalBatch(
            source, policies, new WaitingLimit(new Dictionary<string, int>(StringComparer.Ordinal)), signals,
            new OutboundOptions(), TimeProvider.System,
            NullLogger<ReversalBatch>.Instance).CommitAsync(
                [request], isAlone: false, CancellationToken.None);
        await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
        return Encoding.UTF8.GetString(await connection.ExecuteScalarAsync<byte[]>(
            "SELECT body FROM reversals.event WHERE client_id = @Client", new { Shape.Client }) ?? []);
    }

    async Task<Figure> RunAsync(string database, string body, int clients, bool pipelined)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, PgbenchScript.Write(shape.Payments, pipelined));
            var books = await Books.OpenAsync(servers.ConnectionString(database));
            var (wal, cpu) = (await servers.WalBytesAsync(), servers.Cpu.Read([]));
            var (output, used) = await ExecuteAsync(await StartInfoAsync(database, body, clients, script));
            var commits = (int)Number(output, "number of transactions actually processed: ");
            await books.CheckAsync(commits);
            return new Figure
            {
                Contestant = pipelined ? Runs.Pipelined : Runs.Pgbench,
                Measured = Measured(clients),
                Messages = commits,
                Seconds = commits / Number(output, "tps = "),
                WorkerMicroseconds = 1e6 * used / commits,
                PostgresMicroseconds = (servers.Cpu.Read([]) - cpu).Per(commits).Postgres,
                WalBytesPerMessage = (double)(await servers.WalBytesAsync() - wal) / commits,
                MessagesPerBatch = 1,
                RoundTripsPerMessage = pipelined ? 5 : 10,
            };
        }
        finally
        {
            File.Delete(script);
        }
    }

    async Task<ProcessStartInfo> StartInfoAsync(string database, string body, int clients, string script)
    {
        var beside = Path.Combine(await servers.BinariesAsync() ?? "", "pgbench");
        var settings = new NpgsqlConnectionStringBuilder(servers.ConnectionString(database));
        var start = new ProcessStartInfo(File.Exists(beside) ? beside : "pgbench")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        string[] arguments =
        [
            "-n", "-M", "prepared", "-f", script, "-T", Number(options.PgbenchSeconds), "-c", Number(clients),
            "-j", Number(Math.Min(clients, Environment.ProcessorCount)), "-D", "n=0",
            "-D", $"run={Number(++_runs)}", "-D", "body=" + body,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["PGHOST"] = settings.Host;
        start.Environment["PGPORT"] = Number(settings.Port);
        start.Environment["PGUSER"] = settings.Username;
        start.Environment["PGPASSWORD"] = settings.Password;
        start.Environment["PGDATABASE"] = database;
        start.Environment["PGSSLMODE"] = servers.Tls ? "require" : "disable";
        await using var source = Database.Open(settings.ConnectionString, NullLoggerFactory.Instance);
        await using var session = await source.OpenConnectionAsync(CancellationToken.None);
        start.Environment["PGOPTIONS"] = new NpgsqlConnectionStringBuilder(session.ConnectionString).Options;
        return start;
    }

    /// <summary>What it said, and the CPU seconds of pgbench itself.</summary>
    async Task<(string Output, double Cpu)> ExecuteAsync(ProcessStartInfo start)
    {
        var before = Proc.EndedChildrenCpuSeconds(Environment.ProcessId);
        using var process = Process.Start(start)!;
        var (output, errors) = (
            process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.PgbenchSeconds + 60));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        var text = await output;
        return process.ExitCode == 0 && text.Contains(
            "number of failed transactions: 0 ", StringComparison.Ordinal)
            ? (text, Proc.EndedChildrenCpuSeconds(Environment.ProcessId) - before)
            : throw new BenchmarkException($"{Runs.Pgbench} failed:\n{text}\n{await errors}");
    }

    static double Number(string output, string after)
    {
        var begin = output.IndexOf(after, StringComparison.Ordinal) + after.Length;
        var end = output.IndexOfAny([' ', '\n'], begin);
        return double.Parse(output.AsSpan(begin..end), CultureInfo.InvariantCulture);
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
