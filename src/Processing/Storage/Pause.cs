using System.Globalization;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>Somebody has told the workers to take no requests, or to decide none of one client.</summary>
sealed record Pause
{
    /// <summary>Stands for all clients.</summary>
    internal const string All = "";

    /// <summary>The cause for which the quarantine keeps what a paused client sends.</summary>
    internal const string Cause = "PAUSED";

    /// <summary>Of this client; <see cref="All"/>: of every client.</summary>
    public required string ClientId { get; init; }

    public required DateTime At { get; init; }

    /// <summary>Who did it.</summary>
    public required string Operator { get; init; }

    public required string Note { get; init; }

    /// <summary>Requests of this client that are kept, counted up to a limit.</summary>
    public long Kept { get; init; }

    internal bool IsOfAll => ClientId is All;

    /// <summary>In one sentence, for people.</summary>
    internal string Text => IsOfAll
        ? $"paused since {Since}. Requests stay in the queue until somebody says reversal-worker resume"
        : $"paused for client {ClientId} since {Since}. {Number} of its requests are kept " +
            $"until somebody says reversal-worker resume --client {ClientId}";

    /// <summary>The same when no more of the client is kept.</summary>
    internal string FullText => IsOfAll ? Text
        : $"paused for client {ClientId} since {Since}. {Number} of its requests are kept, which is the " +
            $"most, so no requests are taken of anybody until somebody says " +
            $"reversal-worker resume --client {ClientId}";

    string Since => string.Create(
        CultureInfo.InvariantCulture, $"{At:yyyy-MM-dd HH:mm:ss}Z by {Operator}: {Note}");

    string Number => Kept.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>All there are.</summary>
    /// <param name="database">Where.</param>
    /// <param name="most">What is kept of a client is counted up to this.</param>
    /// <param name="stop">Gives up.</param>
    internal static Task<List<Pause>> ReadAsync(PostgresServers database, int most, CancellationToken stop) =>
        Rows.ReadAsync<Pause>(database, Sql.Pauses, stop, Parameter.Integer(most));
}
