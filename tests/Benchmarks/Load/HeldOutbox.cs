using Dapper;
using Npgsql;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// A transaction that somebody holds open on the server, as a report or a forgotten session does, and in front of
/// the outbox the dead rows that nobody may remove meanwhile.
/// </summary>
sealed class HeldOutbox : IAsyncDisposable
{
    readonly NpgsqlConnection _holder;

    HeldOutbox(NpgsqlConnection holder) => _holder = holder;

    internal static async Task<HeldOutbox> MakeAsync(string connectionString, long dead)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 3_600 };
        var holder = new NpgsqlConnection(settings.ConnectionString);
        await holder.OpenAsync();
        await holder.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM reversals.outbox");
        await using var writer = new NpgsqlConnection(settings.ConnectionString);
        await writer.OpenAsync();
        await writer.ExecuteAsync(
            """
            INSERT INTO reversals.outbox (kind, event_id, bill_id)
            SELECT CASE WHEN r % 10 = 0 THEN 'payment.reversal.rejected' ELSE 'payment.reversal' END,
                   ('00000000-0000-7000-8000-' || lpad(to_hex(r), 12, '0'))::uuid, r % 10000 + 1
            FROM generate_series(1, @dead) AS r
            """, new { dead });
        await writer.ExecuteAsync("DELETE FROM reversals.outbox");
        return new HeldOutbox(holder);
    }

    public ValueTask DisposeAsync() => _holder.DisposeAsync();
}
