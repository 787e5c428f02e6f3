using Reversals.Operations.Queries;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>Tells the workers to take no requests, and to take them again.</summary>
sealed class PauseAdmin(PostgresServers database)
{
    /// <summary>False: they were paused before, and nothing is changed.</summary>
    /// <param name="client">Whose requests; null: everybody's.</param>
    /// <param name="by">Who, and why.</param>
    /// <param name="stop">Gives up.</param>
    internal Task<bool> PauseAsync(string? client, Operator by, CancellationToken stop) => ChangeAsync(
        "pause", client, by, stop, Parameter.Text(client ?? Pause.All), Parameter.Text(by.Name),
        Parameter.Text(by.Note));

    /// <summary>False: they were not paused.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    internal Task<bool> ResumeAsync(string? client, Operator by, CancellationToken stop) =>
        ChangeAsync("resume", client, by, stop, Parameter.Text(client ?? Pause.All));

    async Task<bool> ChangeAsync(
        string command, string? client, Operator by, CancellationToken stop,
        params Npgsql.NpgsqlParameter[] values)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        if (await Query.RunAsync(session.Connection, command, stop, values) == 0)
        {
            return false;
        }

        var target = client is null ? "all clients" : $"client {client}";
        await Audit.AddAsync(session.Connection, by, command, target, count: 1, stop);
        await session.CommitAsync(stop);
        return true;
    }
}
