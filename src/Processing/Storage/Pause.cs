using System.Globalization;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>Somebody has told the workers to take no requests.</summary>
sealed record Pause
{
    /// <summary>Stands for all clients.</summary>
    internal const string All = "";

    /// <summary>Of this client; <see cref="All"/>: of every client.</summary>
    public required string ClientId { get; init; }

    public required DateTime At { get; init; }

    /// <summary>Who did it.</summary>
    public required string Operator { get; init; }

    public required string Note { get; init; }

    /// <summary>In one sentence, for people.</summary>
    internal string Text => string.Create(CultureInfo.InvariantCulture,
        $"paused since {At:yyyy-MM-dd HH:mm:ss}Z by {Operator}: {Note}. Requests stay in the queue until " +
        $"somebody says reversal-worker resume");

    /// <summary>All there are.</summary>
    internal static Task<List<Pause>> ReadAsync(PostgresServers database, CancellationToken stop) =>
        Rows.ReadAsync<Pause>(database, Sql.Pauses, stop);
}
