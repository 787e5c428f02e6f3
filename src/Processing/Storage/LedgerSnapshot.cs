using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>By which statements bills and payments are read.</summary>
sealed record SnapshotSource(string Bills, string Payments)
{
    /// <summary>The payments are asked for with the account numbers that may be shown.</summary>
    internal bool NamesAccounts { get; private init; }

    /// <summary>
    /// By functions that run as their owner and leave out of a bill what no decision depends on: for
    /// operators, who may not read whose it is.
    /// </summary>
    internal static SnapshotSource ForOperator { get; } = new(Sql.PreviewBills, Sql.PreviewPayments)
    {
        NamesAccounts = true,
    };

    /// <summary>Whole bills, as the worker reads them to decide.</summary>
    internal static SnapshotSource ForWorker { get; } = new(Sql.ReadBills, Sql.ReadPayments);
}

/// <summary>
/// Reads what a batch would load, in a transaction that can write nothing and locks no row: as it stands at
/// one moment.
/// </summary>
static class LedgerSnapshot
{
    /// <param name="database">Where.</param>
    /// <param name="source">By which statements.</param>
    /// <param name="requests">None of them is one that waits.</param>
    /// <param name="policies">That of each of the requests' clients.</param>
    /// <param name="limit">Is told how many requests wait.</param>
    /// <param name="stop">Gives up.</param>
    internal static async Task<Ledger> ReadAsync(
        PostgresServers database, SnapshotSource source, IReadOnlyList<ReversalRequest> requests,
        Func<string, ClientPolicy> policies, WaitingLimit limit, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var transaction = new NpgsqlCommand(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", connection);
        await transaction.ExecuteNonQueryAsync(stop);
        try
        {
            if (requests.Any(request => request.PendingFor != TimeSpan.Zero))
            {
                await limit.CountAsync(connection, Sql.CountPending, stop);
            }

            return await ReadAsync(connection, source, requests, policies, limit, stop);
        }
        finally
        {
            transaction.CommandText = "ROLLBACK";
            await transaction.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    static async Task<Ledger> ReadAsync(
        NpgsqlConnection connection, SnapshotSource source, IReadOnlyList<ReversalRequest> requests,
        Func<string, ClientPolicy> policies, WaitingLimit limit, CancellationToken stop)
    {
        var lookup = new PaymentLookup(requests, policies);
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(lookup.Payments(source.Bills));
        batch.BatchCommands.Add(source.NamesAccounts
            ? lookup.Accounts(source.Payments)
            : lookup.Payments(source.Payments));
        batch.BatchCommands.Add(lookup.Keys(Sql.ReadReversals));
        ReversalRequest[] full = limit.WithoutRoom(requests);
        if (full.Length > 0)
        {
            batch.BatchCommands.Add(PendingCommands.Waiting(full));
        }

        EarlierRefusals.AddTo(batch, requests);
        await using var reader = await batch.ExecuteReaderAsync(stop);
        return await LedgerReader.ReadAsync(reader, lookup, [], stop);
    }
}
