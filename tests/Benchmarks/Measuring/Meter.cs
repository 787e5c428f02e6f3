using Dapper;
using Npgsql;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>What a phase costs: CPU, WAL, batches and round trips.</summary>
/// <param name="servers">Whose counters are read.</param>
/// <param name="contestant">Name in the figure.</param>
/// <param name="name">The contestant's database.</param>
/// <param name="pids">The contestant's processes.</param>
sealed class Meter(Servers servers, string contestant, string name, int[] pids)
{
    /// <summary>Measures what happens until the given work is done, which says how long it took.</summary>
    internal async Task<Figure> MeasureAsync(string phase, int messages, Func<Task<double>> run)
    {
        var (since, transactions) = (await servers.NowAsync(), await servers.NextTransactionAsync());
        var (wal, cpu) = (await servers.WalBytesAsync(), servers.Cpu.Read(pids));
        var seconds = await run();
        var used = (servers.Cpu.Read(pids) - cpu).Per(messages);
        wal = await servers.WalBytesAsync() - wal;
        transactions = await servers.NextTransactionAsync() - transactions;
        var batches = await BatchesAsync(since);
        return new Figure
        {
            Contestant = contestant,
            Measured = phase,
            Messages = messages,
            Seconds = seconds,
            WorkerMicroseconds = used.Worker,
            PostgresMicroseconds = used.Postgres,
            RabbitMqMicroseconds = used.RabbitMq,
            BenchMicroseconds = used.Bench,
            WalBytesPerMessage = (double)wal / messages,
            MessagesPerBatch = (double)messages / Math.Max(1, batches),
            // A batch is one writing transaction and two round trips; a relay's claim is one of each.
            RoundTripsPerMessage = (double)(batches + transactions) / messages,
            MebibytesAtMost = pids.Select(pid => Proc.Mebibytes(pid, "VmHWM")).Max(),
        };
    }

    /// <summary>All events of a batch have its time, which no other batch has.</summary>
    async Task<long> BatchesAsync(DateTime since)
    {
        await using var database = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(
                servers.ConnectionString(name)) { Pooling = false }.ConnectionString);
        return await database.ExecuteScalarAsync<long>(
            "SELECT count(DISTINCT occurred_at) FROM reversals.event WHERE occurred_at >= @since", new { since });
    }
}
