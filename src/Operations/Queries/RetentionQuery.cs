using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>How much of one sort is older than a time.</summary>
sealed record AgedCount
{
    public required string What { get; init; }
    public required long Count { get; init; }
    public DateTime? First { get; init; }
    public DateTime? Last { get; init; }
}

/// <summary>What a retention run would change.</summary>
sealed class RetentionQuery(PostgresServers database)
{
    internal async Task<List<AgedCount>> CountAsync(DateTimeOffset before, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await using (var settings = new Npgsql.NpgsqlCommand("SET LOCAL statement_timeout = 0", connection))
        {
            await settings.ExecuteNonQueryAsync(stop);
        }

        return await Query.ReadAsync<AgedCount>(connection, "retention_count", stop, Parameter.Time(before));
    }
}
