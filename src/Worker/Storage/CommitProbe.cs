using System.Collections.ObjectModel;
using Npgsql;

namespace Reversals.Worker.Storage;

/// <summary>
/// Whether a reversal could be committed now. It commits nothing, but through the very statements: a missing
/// table or right and a read-only server are found out as well as one that is away, or whose standby is.
/// </summary>
sealed class CommitProbe(NpgsqlDataSource database, WorkerOptions options, TimeProvider clock)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Null when it could; otherwise what is wrong and what to do about it.</summary>
    internal async Task<string?> ProblemAsync(CancellationToken stop)
    {
        var address = Database.Address(options.ConnectionStrings.Postgres);
        using var patience = new CancellationTokenSource(Patience, clock);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            var missing = await Migrator.MissingAsync(database, giveUp.Token);
            if (missing.Count > 0)
            {
                return $"The database {address} lacks the migrations {string.Join(", ", missing)}. " +
                    "Run the verb migrate";
            }

            // Each look would leave one more commit behind that waits.
            await using var waiting = database.CreateCommand(Sql.WaitingForStandby);
            if (await waiting.ExecuteScalarAsync(giveUp.Token) is long and > 0 and var commits)
            {
                return $"PostgreSQL at {address}: {commits} commit(s) wait for a synchronous standby. Is " +
                    "one of synchronous_standby_names connected? See pg_stat_replication";
            }

            await using var transaction = await ReversalTransaction.OpenAsync(database, giveUp.Token);
            var policies = ReadOnlyDictionary<string, ClientPolicy>.Empty;
            var nothing = await transaction.LoadAsync([], [], policies, Patience, giveUp.Token)
                ?? new Ledger();
            await transaction.SaveAsync(nothing, [], [], clock.GetUtcNow(), giveUp.Token);
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"PostgreSQL at {address}: no answer within {Patience.TotalSeconds} s";
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return $"PostgreSQL at {address}: {Database.Explain(error)}";
        }
    }
}
