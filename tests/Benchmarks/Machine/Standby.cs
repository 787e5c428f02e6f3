using System.Diagnostics;
using Npgsql;

namespace Reversals.Tests.Benchmarks.Machine;

/// <summary>The standby that <c>tests/bench.sh --standby</c> has made of the private PostgreSQL.</summary>
sealed class Standby(string connectionString)
{
    /// <summary>Names the command that starts and stops it.</summary>
    internal const string Variable = "SERVERS_STANDBY_CTL";

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>From now on each commit waits for it.</summary>
    internal async Task StartAsync()
    {
        await RunAsync("start");
        await using var admin = await OpenAsync();
        await ExecuteAsync(admin, "ALTER SYSTEM SET synchronous_standby_names = '*'");
        await ExecuteAsync(admin, "SELECT pg_reload_conf()");
        var began = TimeProvider.System.GetTimestamp();
        while (!await IsSynchronousAsync(admin))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new BenchmarkException("the standby does not become synchronous");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>From now on no commit waits, and nobody copies.</summary>
    internal async Task StopAsync()
    {
        await using var admin = await OpenAsync();
        await ExecuteAsync(admin, "ALTER SYSTEM SET synchronous_standby_names = ''");
        await ExecuteAsync(admin, "SELECT pg_reload_conf()");
        await RunAsync("stop");
    }

    async Task<NpgsqlConnection> OpenAsync()
    {
        var admin = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await admin.OpenAsync();
        return admin;
    }

    static async Task ExecuteAsync(NpgsqlConnection admin, string sql)
    {
        await using var command = new NpgsqlCommand(sql, admin);
        await command.ExecuteNonQueryAsync();
    }

    static async Task<bool> IsSynchronousAsync(NpgsqlConnection admin)
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'", admin);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    static async Task RunAsync(string deed)
    {
        using var process = Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable(Variable)!, [deed]) { UseShellExecute = false })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new BenchmarkException($"the standby does not {deed}");
        }
    }
}
