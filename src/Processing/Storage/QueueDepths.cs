using Npgsql;
using NpgsqlTypes;
using Reversals.Contracts;

namespace Reversals.Processing.Storage;

/// <summary>How many of a sort wait in a table.</summary>
/// <param name="Table">outbox, pending or quarantine.</param>
/// <param name="Sort">Kind of the events, or cause of the quarantine; empty: there is one sort.</param>
/// <param name="Count">At the most <see cref="QueueDepths.MostCounted"/>.</param>
readonly record struct Waiting(string Table, string Sort, long Count);

/// <summary>What waits in the tables, for those who watch.</summary>
sealed class QueueDepths(NpgsqlDataSource database)
{
    /// <summary>So that a look costs little however much there is: more of a sort are not counted.</summary>
    internal const int MostCounted = 100_000;

    /// <summary>For each kind of events the age of the oldest that is not published; 0: none waits.</summary>
    internal async Task<Dictionary<string, TimeSpan>> AgesAsync(CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.OutboxAge);
        command.Parameters.Add(Texts(RelayHandoffs.Kinds));
        await using var reader = await command.ExecuteReaderAsync(stop);
        var ages = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        while (await reader.ReadAsync(stop))
        {
            ages[reader.GetString(0)] = TimeSpan.FromSeconds(reader.GetDouble(1));
        }

        return ages;
    }

    /// <summary>Events to publish by kind, requests without a payment, open quarantine by cause.</summary>
    internal async Task<List<Waiting>> CountsAsync(CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.CountWaiting);
        command.Parameters.Add(Texts(RelayHandoffs.Kinds));
        command.Parameters.Add(Texts([.. Reason.Causes.Select(cause => cause.Code)]));
        command.Parameters.Add(
            new NpgsqlParameter<int> { TypedValue = MostCounted, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(stop);
        List<Waiting> counts = [];
        while (await reader.ReadAsync(stop))
        {
            counts.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2)));
        }

        return counts;
    }

    static NpgsqlParameter Texts(IReadOnlyList<string> texts) =>
        ArrayParameter.Of(NpgsqlDbType.Text, texts, text => text);
}
