using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>What one of the servers answered, or why it did not.</summary>
sealed record SeenServer
{
    /// <summary><c>host:port</c>.</summary>
    public required string Host { get; init; }

    /// <summary>Null: it did not answer, or may not be asked.</summary>
    public ServerState? State { get; init; }

    /// <summary>Null: it answered.</summary>
    public string? Problem { get; init; }

    /// <summary>What makes it of no use beside the others, and what to do about it; null: nothing.</summary>
    internal string? ProblemAmong(IReadOnlyList<SeenServer> all)
    {
        if (Problem is not null)
        {
            return $"{Text}. Start it again as a standby, or mend its name in ConnectionStrings:Postgres";
        }

        var first = all.FirstOrDefault(one => one.State is not null);
        return State is not { } state || first is null ? null
            : !string.Equals(state.System, first.State!.System, StringComparison.Ordinal)
                ? $"{Text}, and of another cluster than {first.Host}. Take it out of " +
                    "ConnectionStrings:Postgres"
            : IsPrimary && all.Any(one => one.State?.Timeline > state.Timeline)
                ? $"{Text}, and another has taken over: stop it, and make it a standby with pg_rewind or " +
                    "pg_basebackup"
            : null;
    }

    internal bool IsPrimary => State is { IsStandby: false };

    /// <summary>For people.</summary>
    internal string Text => $"{Host}: " + (State switch
    {
        null => Problem ?? "this user may not ask where it stands",
        { IsStandby: true } => FormattableString.Invariant($"a standby on timeline {State.Timeline}"),
        _ => FormattableString.Invariant($"the primary on timeline {State.Timeline}"),
    });
}

/// <summary>
/// One of the servers: the connections for the work, and another one to look at it, so that a server whose
/// connections are all in use, or that hangs, keeps nobody from looking.
/// </summary>
sealed record PostgresServer(string Host, NpgsqlDataSource Source, NpgsqlDataSource Looks) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Looks.DisposeAsync();
    }

    /// <summary>The next look makes a connection of its own.</summary>
    internal void Forget() => Looks.Clear();

    /// <summary>
    /// Whether a pooler gives one session of the server to several connections, a transaction each: then what
    /// one has prepared, another misses. Nothing else tells it as long as there is little to do.
    /// </summary>
    internal async Task<bool> SharesSessionsAsync(CancellationToken stop)
    {
        await using var one = await Source.OpenConnectionAsync(stop);
        var session = await SessionAsync(one, stop);
        await using var other = await Looks.OpenConnectionAsync(stop);
        return session == await SessionAsync(other, stop) || session != await SessionAsync(one, stop);
    }

    static async Task<int> SessionAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        return (int)(await command.ExecuteScalarAsync(stop))!;
    }

    internal async Task<SeenServer> LookAsync(TimeSpan longest, TimeProvider clock, CancellationToken stop)
    {
        try
        {
            return new SeenServer
            {
                Host = Host, State = await StateAsync(stop).WaitAsync(longest, clock, stop),
            };
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or IOException
            || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            Forget();
            return new SeenServer
            {
                Host = Host,
                Problem = error is TimeoutException or OperationCanceledException
                    ? $"no answer within {longest.TotalSeconds} s"
                    : Database.Explain(error),
            };
        }
    }

    async Task<ServerState?> StateAsync(CancellationToken stop)
    {
        await using var connection = await Looks.OpenConnectionAsync(stop);
        return await ServerState.OfAsync(connection, stop);
    }
}
