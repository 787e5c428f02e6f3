using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>Tells the workers to take no requests, and to take them again.</summary>
sealed class PauseAdmin(PostgresServers database)
{
    /// <summary>False: they were paused before, and nothing is changed.</summary>
    internal Task<bool> PauseAsync(Operator by, CancellationToken stop) => ChangeAsync(
        "pause", by, stop, Parameter.Text(Pause.All), Parameter.Text(by.Name), Parameter.Text(by.Note));

    /// <summary>False: they were not paused.</summary>
    internal Task<bool> ResumeAsync(Operator by, CancellationToken stop) =>
        ChangeAsync("resume", by, stop, Parameter.Text(Pause.All));

    async Task<bool> ChangeAsync(
        string command, Operator by, CancellationToken stop, params Npgsql.NpgsqlParameter[] values)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        if (await Query.RunAsync(session.Connection, command, stop, values) == 0)
        {
            return false;
        }

        await Audit.AddAsync(session.Connection, by, command, "all clients", count: 1, stop);
        await session.CommitAsync(stop);
        return true;
    }
}
