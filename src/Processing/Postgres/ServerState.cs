using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>Where a server stands in the history of its cluster.</summary>
sealed record ServerState
{
    /// <summary>The cluster: the same for a primary and its standbys.</summary>
    public required string System { get; init; }

    /// <summary>Begins anew, one higher, each time a standby is promoted.</summary>
    public required int Timeline { get; init; }

    /// <summary>It follows a primary and takes no writes.</summary>
    public required bool IsStandby { get; init; }

    /// <summary>Null: this user may not ask.</summary>
    internal static async Task<ServerState?> OfAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        try
        {
            await using var command = Rows.Command(connection, Sql.ServerState);
            await using var reader = await command.ExecuteReaderAsync(stop);
            await reader.ReadAsync(stop);
            return From(reader);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }

    internal static ServerState From(NpgsqlDataReader reader) => new()
    {
        System = reader.GetString(0), Timeline = reader.GetInt32(1), IsStandby = reader.GetBoolean(2),
    };
}
