using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>What two relays may do to the same rows at the same time.</summary>
public sealed class OutboxTests(Servers servers) : ServerTest(servers)
{
    static readonly RetryDelays NoBackoff = new(TimeSpan.Zero, default);

    /// <summary>A claim passes over rows that are just being changed. A late settling that changes a bill's
    /// first row would let a claim take the second one alone.</summary>
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

        var completion = new Completion { LeaseId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Confirmed = [1], Failed = [2] };
        var completing = outbox.CompleteAsync(PaymentReversed.Kind, completion, NoBackoff, Stop);
        await Until.TrueAsync(
            async () => await Box.Books.NumberAsync(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1,
            "the settling waits for the claim");
        completing.IsCompleted.ShouldBeFalse();

        await claim.CommitAsync(Stop);
        await completing;
    }

    /// <summary>Most claims begin near the newest id; what they pass over still comes first within its
    /// bill.</summary>
    [Fact]
    public async Task A_claim_takes_nothing_of_a_bill_whose_oldest_event_is_below_where_it_looks()
    {
        var first = await AddAsync(bill: 1);
        var second = await AddAsync(bill: 1);
        var ofAnother = await AddAsync(bill: 2);
        (await ClaimAsync(from: second)).ShouldBe([ofAnother]);
        (await ClaimAsync(from: 0)).ShouldBe([first, second]);
    }

    /// <summary>The answer to a request that came again may come at any time later. Ten thousand of them,
    /// held by a worker that died, would hold up each other and what is new about the bill.</summary>
    [Fact]
    public async Task A_copy_comes_after_the_events_before_it_and_holds_up_nothing()
    {
        var ofAnother = await AddAsync(bill: 2, held: "infinity");
        await AddAsync(bill: 2, copyOf: ofAnother);
        var held = await AddAsync(bill: 1, held: "infinity", copyOf: ofAnother);
        var copy = await AddAsync(bill: 1, copyOf: held);
        var next = await AddAsync(bill: 1);
        (await ClaimAsync(from: 0)).ShouldBe([copy, next]);
    }

    /// <summary>Whose broker is slow must not publish on while others publish the same.</summary>
    [Fact]
    public async Task A_lease_is_renewed_while_it_is_ours_and_not_once_somebody_else_has_a_row()
    {
        long[] rows = [await AddAsync(bill: 1), await AddAsync(bill: 2)];
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        var outbox = new Outbox(database);
        var lease = NewLease();
        (await ClaimAsync(from: 0, lease)).ShouldBe(rows);

        await Box.Books.RunAsync("UPDATE reversals.outbox SET held_until = now()");
        (await outbox.RenewAsync(PaymentReversed.Kind, rows, lease, Stop)).ShouldBeTrue();
        (await Box.Books.NumberAsync(
            "SELECT count(*) FROM reversals.outbox WHERE held_until > now() + interval '50 s'")).ShouldBe(2);

        await Box.Books.RunAsync("UPDATE reversals.outbox SET held_until = now() WHERE bill_id = 2");
        (await ClaimAsync(from: 0)).ShouldBe([rows[1]]);
        (await outbox.RenewAsync(PaymentReversed.Kind, rows, lease, Stop)).ShouldBeFalse();
    }

    /// <summary>One more event in the outbox, or one more copy of what a row is about; returns the row's id.</summary>
    Task<long> AddAsync(long bill, string held = "-infinity", long? copyOf = null) => Box.Books.NumberAsync(
        $"""
        WITH told AS (
            INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
            SELECT gen_random_uuid(), 'payment.reversal', 'acme', 'SUCCESS', 'REVERSED', '', now()
            WHERE {copyOf ?? 0} = 0
            RETURNING event_id
        )
        INSERT INTO reversals.outbox (kind, event_id, bill_id, held_until, replayed)
        SELECT 'payment.reversal', event_id, {bill}, '{held}'::timestamptz, false FROM told
        UNION ALL
        SELECT 'payment.reversal', event_id, {bill}, '{held}', true FROM reversals.outbox WHERE id = {copyOf ?? 0}
        RETURNING id
        """);

    static Lease NewLease() =>
        new(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), TimeSpan.FromMinutes(1));

    async Task<IEnumerable<long>> ClaimAsync(long from, Lease? lease = null)
    {
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        var rows = await new Outbox(database).CompleteAndClaimAsync(
            PaymentReversed.Kind, completion: null, NoBackoff, lease ?? NewLease(), limit: 10, from, Stop);
        return rows.Select(row => row.Id);
    }
}
