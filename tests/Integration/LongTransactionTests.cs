using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;
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

    [Fact]
    public async Task Who_keeps_dead_rows_from_being_removed_is_named_with_the_age()
    {
        await using var holder = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString) { ApplicationName = "a report" }
                .ConnectionString);
        await holder.OpenAsync(Stop);
        await using var held = await holder.BeginTransactionAsync(
            System.Data.IsolationLevel.RepeatableRead, Stop);
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM reversals.outbox", holder, held))
        {
            await look.ExecuteScalarAsync(Stop);
        }

        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        var young = await new StatusQuery(database, TimeProvider.System).ReadAsync(Stop);
        var old = young with { At = young.At.AddMinutes(16) };

        Stalls.Of(young).ShouldNotContain(line => line.Contains("dead row", StringComparison.Ordinal));
        Stalls.Of(old).Single(line => line.Contains("dead row", StringComparison.Ordinal))
            .ShouldContain("(a report, ");
        (await new QueueDepths(database, TimeProvider.System).OldestTransactionAsync(Stop))!.Holder
            .ShouldBe(young.OldestTransaction!.Holder);
        await held.RollbackAsync(Stop);
        (await new QueueDepths(database, TimeProvider.System).OldestTransactionAsync(Stop))?.Holder
            .ShouldNotBe(young.OldestTransaction.Holder);
    }

    static async Task<TimeSpan> TookAsync(QueueDepths depths)
    {
        var began = Stopwatch.GetTimestamp();
        await depths.AgesAsync(maySweep: true, Stop);
        await depths.CountsAsync(Stop);
        return Stopwatch.GetElapsedTime(began);
    }
}
