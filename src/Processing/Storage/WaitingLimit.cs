using System.Collections.Frozen;
using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>What waits of a client, or of <see cref="WaitingLimit.All"/>; counted up to its limit.</summary>
readonly record struct ClientCount(string Client, long Count);

/// <summary>
/// How many more of each client's rows may wait in a table. The table is counted now and then, and what this
/// worker adds in between counts on top, so several workers together may go over a limit by that.
/// </summary>
/// <param name="most">By client, and perhaps of <see cref="All"/>; whoever is missing has no limit.</param>
sealed class WaitingLimit(IReadOnlyDictionary<string, int> most)
{
    /// <summary>Stands for all clients together.</summary>
    internal const string All = "";

    readonly KeyValuePair<string, int>[] _limits = [.. most];

    readonly FrozenDictionary<string, Tally> _tallies = most.ToFrozenDictionary(
        client => client.Key, client => new Tally(client.Value), StringComparer.Ordinal);

    /// <summary>The clients of which no more may wait.</summary>
    internal IEnumerable<string> Full => most.Keys.Where(client => !Has(client));

    /// <summary>Whether one more of this client's may wait. Costs two look-ups in memory.</summary>
    /// <param name="client">The client.</param>
    /// <param name="more">Rows of the client that are about to be added first.</param>
    /// <param name="moreOfAll">The same of all clients.</param>
    internal bool Has(string client, int more = 0, int moreOfAll = 0) =>
        HasRoom(client, more) && HasRoom(All, moreOfAll);

    /// <summary>
    /// Of these requests those that may not wait, as their client has no room: some may wait already.
    /// </summary>
    internal ReversalRequest[] WithoutRoom(IReadOnlyList<ReversalRequest> requests) =>
        requests.All(request => Has(request.ClientId))
            ? []
            :
            [
                .. requests.Where(request =>
                    !Has(request.ClientId) && request is { Rejection: null, Key: not null }),
            ];

    /// <summary>One more of this client's waits.</summary>
    internal void Add(string client)
    {
        _tallies.GetValueOrDefault(client)?.Add();
        _tallies.GetValueOrDefault(All)?.Add();
    }

    /// <summary>Counts what waits.</summary>
    /// <param name="database">Where.</param>
    /// <param name="sql">Takes clients and limits, and lists <see cref="ClientCount"/>.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task CountAsync(PostgresServers database, string sql, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await CountAsync(connection, sql, stop);
    }

    /// <inheritdoc cref="CountAsync(PostgresServers, string, CancellationToken)"/>
    internal Task CountAsync(NpgsqlConnection connection, string sql, CancellationToken stop) =>
        CountAsync(() => Rows.ReadAsync<ClientCount>(
            connection, sql, stop, Parameter.Texts(_limits, limit => limit.Key),
            Parameter.Integers(_limits, limit => limit.Value)));

    /// <summary>Takes over what the table says; what is added meanwhile counts on top.</summary>
    internal async Task CountAsync(Func<Task<List<ClientCount>>> count)
    {
        var before = _tallies.ToDictionary(
            client => client.Key, client => client.Value.Added, StringComparer.Ordinal);
        var counts = (await count()).ToDictionary(
            one => one.Client, one => one.Count, StringComparer.Ordinal);
        foreach (var (client, tally) in _tallies)
        {
            tally.Counted(counts.GetValueOrDefault(client), before[client]);
        }
    }

    bool HasRoom(string client, int more) =>
        !_tallies.TryGetValue(client, out var tally) || tally.HasRoom(more);

    sealed class Tally(int most)
    {
        long _added;
        long _others;

        /// <summary>What this worker added since it started.</summary>
        internal long Added => Volatile.Read(ref _added);

        internal bool HasRoom(int more) => Added + Volatile.Read(ref _others) + more < most;

        internal void Add() => Interlocked.Increment(ref _added);

        internal void Counted(long count, long addedBefore) =>
            Volatile.Write(ref _others, count - addedBefore);
    }
}
