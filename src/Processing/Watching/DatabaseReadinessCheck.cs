using System.Collections.ObjectModel;
using Npgsql;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Watching;

/// <summary>
/// Whether a reversal could be committed now. It runs the very statements, writes rows, takes them back and
/// commits. So it finds a missing table or right, a lock on a table, a full disk and a read-only server as
/// well as a server that is away, or whose standby is.
/// </summary>
sealed class DatabaseReadinessCheck(PostgresServers database, WorkerOptions options, TimeProvider clock)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Shorter, so that a lock is told from a server that does not answer.</summary>
    static readonly StatementTimeout AnswerTimeout = new(TimeSpan.FromSeconds(1));

    /// <summary>What it means, and what to do.</summary>
    internal const string SharedSessions =
        "a pooler gives one session to several connections, as PgBouncer does in transaction mode. Let it " +
        "run in session mode (pool_mode = session), and give what the worker then misses to the role with " +
        "ALTER ROLE … SET; or go to the server itself";

    readonly string _address = Database.Address(options.ConnectionStrings.Postgres);
    bool _hasOwnSessions;

    /// <summary>Null when it could; otherwise what is wrong and what to do about it.</summary>
    internal async Task<string?> ProblemAsync(CancellationToken stop)
    {
        using var late = new CancellationTokenSource(Longest, clock);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            // By a clock of its own: to cancel what a server does that hangs may take as long as it hangs.
            return await TryAsync(giveUp.Token).WaitAsync(Longest, clock, stop);
        }
        catch (Exception error) when (!stop.IsCancellationRequested
            && error is OperationCanceledException or TimeoutException)
        {
            var blockers = await Blockers.ExplainAsync(database, clock, stop);
            return $"PostgreSQL at {_address}: no answer within {Longest.TotalSeconds} s{blockers}";
        }
        catch (PostgresException error) when (Faults.Classify(error) == Fault.LockWait)
        {
            var blockers = await Blockers.ExplainAsync(database, clock, stop);
            return $"PostgreSQL at {_address}: {Database.Explain(error)}{blockers}";
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return $"PostgreSQL at {_address}: {Database.Explain(error)}";
        }
    }

    async Task<string?> TryAsync(CancellationToken stop)
    {
        if (!_hasOwnSessions && await database.ShareSessionsAsync(stop))
        {
            return $"PostgreSQL at {_address}: {SharedSessions}";
        }

        _hasOwnSessions = true;
        var missing = await Migrator.MissingAsync(database, stop);
        if (missing.Count > 0)
        {
            return $"The database {_address} lacks the migrations {string.Join(", ", missing)}. " +
                "Run: reversal-worker migrate";
        }

        // Each look would leave one more commit behind that waits.
        await using var waiting = database.CreateCommand(Sql.WaitingForStandby);
        if (await waiting.ExecuteScalarAsync(stop) is long and > 0 and var commits)
        {
            return $"PostgreSQL at {_address}: {commits} commit(s) wait for a synchronous standby. Is " +
                "one of synchronous_standby_names connected? See pg_stat_replication";
        }

        await using var transaction = await ReversalTransaction.OpenAsync(database, stop);
        var nothing = await transaction.LoadAsync([], [], _ => new ClientPolicy(), AnswerTimeout, stop);
        await transaction.SaveAsync(nothing, [], [], clock.GetUtcNow(), stop);
        return null;
    }
}
