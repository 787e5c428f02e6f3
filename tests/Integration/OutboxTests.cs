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
}
