using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>Lists the requests that wait for their payment.</summary>
sealed class PendingQuery(PostgresServers database)
{
    /// <summary>Oldest first.</summary>
    /// <param name="client">Only of this client; null: of all.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="stop">Ends it early.</param>
    internal Task<List<PendingRequest>> ListAsync(string? client, int limit, CancellationToken stop) =>
        Query.ReadAsync<PendingRequest>(
            database, "pending_list", stop, Parameter.Text(client), Parameter.Integer(limit));
}
