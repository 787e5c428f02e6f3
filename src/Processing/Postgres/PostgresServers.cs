using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>
/// The servers of a connection string, and connections to the one of them that is the primary. The driver's
/// own list is of no use when a server hangs: whatever is listed behind it is reached late or never. So each
/// has a pool of its own, all of them are looked at at once, and who opens a connection gets one to the
/// primary (decision 0020).
/// </summary>
sealed class PostgresServers : IAsyncDisposable
{
    const int AnswerSeconds = 1;

    /// <summary>How long a server may take to answer a look.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(AnswerSeconds);

    readonly PostgresServer[] _servers;
    readonly TimeProvider _clock;
    readonly Lock _gate = new();
    volatile PostgresServer? _primary;
    ServerState? _state;
    TaskCompletionSource _move = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _era;

    /// <param name="connectionString">Of one server or of several.</param>
    /// <param name="open">Makes the pool of one of them.</param>
    /// <param name="clock">For the looks.</param>
    internal PostgresServers(
        string connectionString, Func<string, NpgsqlDataSource> open, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _servers =
        [
            .. PostgresHosts.Of(connectionString).Select(host => new PostgresServer(
                host,
                open(PostgresHosts.Only(connectionString, host)),
                NpgsqlDataSource.Create(PostgresHosts.ForLooks(connectionString, host, AnswerSeconds)))),
        ];
        _primary = HasSeveral ? null : _servers[0];
    }

    /// <summary>Told when another server has taken over.</summary>
    internal Action<string>? Moved { get; set; }

    internal bool HasSeveral => _servers.Length > 1;

    /// <summary>Another number each time another server has taken over.</summary>
    internal int Era => Volatile.Read(ref _era);

    /// <summary>Done once another server has taken over from the one of that number.</summary>
    internal Task MovedSince(int era)
    {
        lock (_gate)
        {
            return era == Era ? _move.Task : Task.CompletedTask;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>A connection to the primary.</summary>
    internal async Task<NpgsqlConnection> OpenConnectionAsync(CancellationToken stop)
    {
        if (_primary is { } primary)
        {
            try
            {
                return await primary.Source.OpenConnectionAsync(stop);
            }
            catch (NpgsqlException) when (HasSeveral)
            {
                // Perhaps another one has taken over by now.
            }
        }

        return await (await FindAsync(stop)).Source.OpenConnectionAsync(stop);
    }

    /// <summary>Which one is the primary now, as <c>host:port</c>.</summary>
    internal async Task<string> PrimaryAsync(CancellationToken stop) =>
        HasSeveral ? (await FindAsync(stop)).Host : _servers[0].Host;

    async Task<PostgresServer> FindAsync(CancellationToken stop)
    {
        var seen = await LookAsync(stop);
        return seen.Any(one => one.IsPrimary) && _primary is { } primary
            ? primary
            : throw new NpgsqlException(
                "none of the servers is a primary that answers: " +
                string.Join("; ", seen.Select(one => one.Text)));
    }

    /// <summary>A command that opens a connection to the primary for itself.</summary>
    internal NpgsqlCommand CreateCommand(string sql) => (_primary ?? _servers[0]).Source.CreateCommand(sql);

    /// <summary>Connections are made anew from now on.</summary>
    internal void Clear()
    {
        foreach (var server in _servers)
        {
            server.Source.Clear();
        }
    }

    /// <inheritdoc cref="PostgresServer.SharesSessionsAsync"/>
    internal async Task<bool> ShareSessionsAsync(CancellationToken stop) =>
        await (_primary ?? await FindAsync(stop)).SharesSessionsAsync(stop);

    /// <summary>Asks all of them at once, which takes no longer than asking one.</summary>
    internal async Task<IReadOnlyList<SeenServer>> LookAsync(CancellationToken stop)
    {
        var seen = await Task.WhenAll(_servers.Select(server => server.LookAsync(Longest, _clock, stop)));
        foreach (var state in seen.Select(one => one.State).OfType<ServerState>())
        {
            Timelines.Remember(state);
        }

        if (Follow(seen) is { } primary)
        {
            Moved?.Invoke(primary.Text);
        }

        return seen;
    }

    /// <summary>
    /// Whether what was committed since then may have been committed by a server that another had replaced.
    /// One that hung, or was cut off, may answer late: so after an answer that took longer than a look the
    /// servers are looked at once more. Where none is seen to be the primary then, or none was seen before,
    /// nobody knows.
    /// </summary>
    internal async Task<bool> HasMovedAsync(int era, TimeSpan took, CancellationToken stop)
    {
        if (Era == era && took > Longest)
        {
            if (!HasSeveral)
            {
                // Behind one address another server may stand by now.
                _servers[0].Forget();
            }

            var isFirst = IsUnseen;
            var seen = await LookAsync(stop);
            return Era != era || isFirst || !seen.Any(one => one.IsPrimary);
        }

        return Era != era;
    }

    bool IsUnseen
    {
        get
        {
            lock (_gate)
            {
                return _state is null;
            }
        }
    }

    /// <summary>Null, or who has taken over.</summary>
    SeenServer? Follow(SeenServer[] seen)
    {
        // Of two primaries the one that was replaced is of a lower timeline.
        var place = Array.FindIndex(seen, one => one is { IsPrimary: true, State: { } state }
            && Timelines.Remember(state) == state.Timeline);
        if (place < 0)
        {
            return null;
        }

        lock (_gate)
        {
            var isSame = _primary == _servers[place] && _state == seen[place].State;
            var isFirst = _state is null;
            (_primary, _state) = (_servers[place], seen[place].State);
            if (isSame || isFirst)
            {
                return null;
            }

            Clear();
            // Only now: whoever has noted the new number opens its connection after this.
            Interlocked.Increment(ref _era);
            _move.SetResult();
            _move = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return seen[place];
        }
    }
}
