using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Actions;

/// <summary>Puts away what nobody needs of the quarantine.</summary>
sealed class QuarantineAdmin(PostgresServers database)
{
    /// <summary>Marks what is open and fits as discarded; the rows stay. Returns how many.</summary>
    internal async Task<long> DiscardAsync(QuarantineFilter filter, Operator by, CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        var connection = session.Connection;
        var count = await Query.RunAsync(
            connection, "quarantine_discard", stop,
            [.. Taken(filter), Parameter.Text(by.Name), Parameter.Text(by.Note)]);
        await Audit.AddAsync(connection, by, "quarantine discard", filter.ToString(), count, stop);
        await session.CommitAsync(stop);
        return count;
    }

    /// <summary>The filter as the parameters of the statements that change.</summary>
    internal static NpgsqlParameter[] Taken(QuarantineFilter filter) =>
    [
        Parameter.Text(filter.Cause), Parameter.Time(filter.Since), Parameter.Text(filter.ClientId),
        Parameter.Bigints(filter.Ids),
    ];
}
