using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Watching;

/// <summary>How a worker is doing, for those who look from elsewhere.</summary>
sealed record WorkerState
{
    /// <summary>Messages of the request queue that are taken and not done.</summary>
    public required int Unacknowledged { get; init; }

    /// <summary>The same of the dead letters.</summary>
    public required int UnacknowledgedDead { get; init; }

    /// <summary>How long messages have waited and none was committed; null: all is well.</summary>
    public TimeSpan? StalledFor { get; init; }

    /// <summary>Why messages are not read or not committed; null: all is well.</summary>
    public string? Problem { get; init; }

    /// <summary>The clients and keys it has in force.</summary>
    public required SettingState Settings { get; init; }

    /// <summary>The clients of which it keeps what comes, "" for a pause of all.</summary>
    public required IReadOnlyList<string> Pauses { get; init; }
}

/// <summary>Writes down for others how this worker is doing: its row of <c>worker_state</c>.</summary>
sealed class WorkerStates(PostgresServers database)
{
    readonly string _worker = string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.MachineName}:{Environment.ProcessId}:{RandomNumberGenerator.GetHexString(4)}");

    internal async Task ReportAsync(WorkerState state, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        // Nothing is lost with it, and it has to be seen also while no standby answers.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL synchronous_commit = off"));
        batch.BatchCommands.Add(Report(state));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.ExecuteNonQueryAsync(stop);
    }

    /// <summary>The worker ends.</summary>
    internal async Task RemoveAsync(CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await Rows.ChangeAsync(connection, Sql.RemoveState, stop, Parameter.Text(_worker));
    }

    NpgsqlBatchCommand Report(WorkerState state) => new(Sql.ReportState)
    {
        Parameters =
        {
            Parameter.Text(_worker), Parameter.Integer(state.Unacknowledged),
            Parameter.Integer(state.UnacknowledgedDead), Parameter.Interval(state.StalledFor),
            Parameter.Text(state.Problem), Parameter.Text(state.Settings.Mark),
            Parameter.Time(state.Settings.Since), Parameter.Text(state.Settings.Problem),
            Parameter.Texts(state.Pauses),
        },
    };
}
