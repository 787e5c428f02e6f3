using System.Collections.Frozen;
using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>What waits of a client, or of <see cref="WaitingLimit.All"/>; counted up to its limit.</summary>
readonly record struct ClientCount(string Client, long Count);

/// <summary>
/// How many more of each client's rows may wait in a table. The table is counted now and then, and what this
/// worker adds in between counts on top, so several workers together may go over a limit by that.
/// </summary>
sealed class WaitingLimit
{
    /// <summary>Stands for all clients together.</summary>
    internal const string All = "";

    volatile FrozenDictionary<string, Tally> _tallies;

    /// <param name="most">By client, and perhaps of <see cref="All"/>; who is missing has none.</param>
    public WaitingLimit(IReadOnlyDictionary<string, int> most) => _tallies = Tallies(most);

    /// <summary>The clients of which no more may wait.</summary>
    internal IEnumerable<string> Full => _tallies.Keys.Where(client => !Has(client));

    /// <summary>How many rows of the client may wait.</summary>
    internal int MostOf(string client) => _tallies[client].Most;

    /// <summary>From now on these limits hold; what was counted stays counted.</summary>
    internal void Use(IReadOnlyDictionary<string, int> most)
    {
        foreach (var (client, tally) in _tallies)
        {
            tally.Most = most.GetValueOrDefault(client, tally.Most);
        }

        _tallies = Tallies(most, _tallies);
    }

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
    internal Task CountAsync(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        KeyValuePair<string, Tally>[] limits = [.. _tallies];
        return CountAsync(() => Rows.ReadAsync<ClientCount>(
            connection, sql, stop, Parameter.Texts(limits, limit => limit.Key),
            Parameter.Integers(limits, limit => limit.Value.Most)));
    }

    /// <summary>Takes over what the table says; what is added meanwhile counts on top.</summary>
    internal async Task CountAsync(Func<Task<List<ClientCount>>> count)
    {
        var tallies = _tallies;
        var before = tallies.ToDictionary(
            client => client.Key, client => client.Value.Added, StringComparer.Ordinal);
        var counts = (await count()).ToDictionary(
            one => one.Client, one => one.Count, StringComparer.Ordinal);
        foreach (var (client, tally) in tallies)
        {
            tally.Counted(counts.GetValueOrDefault(client), before[client]);
        }
    }

    bool HasRoom(string client, int more) =>
        !_tallies.TryGetValue(client, out var tally) || tally.HasRoom(more);

    static FrozenDictionary<string, Tally> Tallies(
        IReadOnlyDictionary<string, int> most, IReadOnlyDictionary<string, Tally>? before = null) =>
        most.ToFrozenDictionary(
            client => client.Key,
            client => before?.GetValueOrDefault(client.Key) ?? new Tally { Most = client.Value },
            StringComparer.Ordinal);

    sealed class Tally
    {
        long _added;
        long _others;
        volatile int _most;

        internal int Most
        {
            get => _most;
            set => _most = value;
        }

        /// <summary>What this worker added since it started.</summary>
        internal long Added => Volatile.Read(ref _added);

        internal bool HasRoom(int more) => Added + Volatile.Read(ref _others) + more < _most;

        internal void Add() => Interlocked.Increment(ref _added);

        internal void Counted(long count, long addedBefore) =>
            Volatile.Write(ref _others, count - addedBefore);
    }
}
