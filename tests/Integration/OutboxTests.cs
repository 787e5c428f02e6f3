using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;
using Reversals.Worker.Storage;

namespace Reversals.Tests.Integration;

/// <summary>What two relays may do to the same rows at the same time.</summary>
public sealed class OutboxTests(Servers servers) : ServerTest(servers)
{
    /// <summary>
    /// A claim passes over rows that are just being changed. A late settling that changes a bill's first row would
    /// let a claim take the second one alone.
    /// </summary>
    [Fact]
    public async Task Settling_and_claiming_do_not_overlap()
    {
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        var outbox = new Outbox(database);
        await using var claimer = await Box.Books.OpenAsync();
        await using var claim = await claimer.BeginTransactionAsync(Stop);
        await using (var command = claimer.CreateCommand())
        {
            command.CommandText = Sql.LockClaims;
            command.Parameters.AddWithValue(PaymentReversed.Kind);
            await command.ExecuteNonQueryAsync(Stop);
        }

        var settled = new Settled { LeaseId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Confirmed = [1], Failed = [2] };
        var settling = outbox.SettleAsync(PaymentReversed.Kind, settled, TimeSpan.Zero, Stop);
        await Until.TrueAsync(
            async () => await Box.Books.NumberAsync(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1,
            "the settling waits for the claim");
        settling.IsCompleted.ShouldBeFalse();

        await claim.CommitAsync(Stop);
        await settling;
    }

    /// <summary>
    /// Most claims begin near the newest id; what they pass over still comes first within its bill.
    /// </summary>
    [Fact]
    public async Task A_claim_takes_nothing_of_a_bill_whose_oldest_event_is_below_where_it_looks()
    {
        await Box.Books.RunAsync(
            """
            WITH told AS (
                INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
                SELECT gen_random_uuid(), 'payment.reversal', 'acme', 'SUCCESS', 'REVERSED', '', now()
                FROM generate_series(1, 3)
                RETURNING event_id
            )
            INSERT INTO reversals.outbox (kind, event_id, bill_id)
            SELECT 'payment.reversal', event_id, CASE row_number() OVER () WHEN 3 THEN 2 ELSE 1 END FROM told
            """);
        var first = await Box.Books.NumberAsync("SELECT min(id) FROM reversals.outbox");
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        var outbox = new Outbox(database);

        (await ClaimAsync(from: first + 1)).ShouldBe([first + 2]);
        (await ClaimAsync(from: 0)).ShouldBe([first, first + 1]);

        async Task<IEnumerable<long>> ClaimAsync(long from)
        {
            var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
            var lease = new Lease(id, TimeSpan.FromMinutes(1));
            var rows = await outbox.ExchangeAsync(
                PaymentReversed.Kind, settled: null, TimeSpan.Zero, lease, limit: 10, from, Stop);
            return rows.Select(row => row.Id);
        }
    }
}
