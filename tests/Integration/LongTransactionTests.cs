using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Storage;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// Somebody holds a transaction open on the same server: no dead row of the outbox can be removed, and looks at
/// it do not read them all each time.
/// </summary>
public sealed class LongTransactionTests(Servers servers) : ServerTest(servers)
{
    const int Dead = 1_000_000;

    [Fact]
    public async Task Looks_stay_flat_while_a_million_dead_rows_cannot_be_removed()
    {
        await using var holder = new NpgsqlConnection(Box.Books.ConnectionString);
        await holder.OpenAsync(Stop);
        await using var held = await holder.BeginTransactionAsync(
            System.Data.IsolationLevel.RepeatableRead, Stop);
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM reversals.outbox", holder, held))
        {
            await look.ExecuteScalarAsync(Stop);
        }

        await Box.Books.RunAsync(
            $"""
            INSERT INTO reversals.outbox (kind, event_id)
            SELECT 'payment.reversal', '00000000-0000-0000-0000-000000000001' FROM generate_series(1, {Dead})
            """);
        await Box.Books.RunAsync("DELETE FROM reversals.outbox");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        var depths = new QueueDepths(database, TimeProvider.System);

        var everything = await TookAsync(depths);
        var looks = new List<TimeSpan>();
        for (var look = 0; look < 5; look++)
        {
            looks.Add(await TookAsync(depths));
        }

        looks.Min().ShouldBeLessThan(everything / 5);
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.outbox (kind, event_id, enqueued_at)
            VALUES ('payment.reversal', '00000000-0000-0000-0000-000000000001', now() - interval '1 hour')
            """);
        (await depths.AgesAsync(maySweep: true, Stop))[PaymentReversed.Kind].TotalMinutes.ShouldBeGreaterThan(59);
        (await depths.CountsAsync(Stop)).Single(one => one.Sort == PaymentReversed.Kind).Count.ShouldBe(1);
    }

    static async Task<TimeSpan> TookAsync(QueueDepths depths)
    {
        var began = Stopwatch.GetTimestamp();
        await depths.AgesAsync(maySweep: true, Stop);
        await depths.CountsAsync(Stop);
        return Stopwatch.GetElapsedTime(began);
    }
}
