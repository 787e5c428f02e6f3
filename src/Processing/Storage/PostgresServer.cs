using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>What one of the servers answered, or why it did not.</summary>
sealed record SeenServer
{
    /// <summary><c>host:port</c>.</summary>
    public required string Host { get; init; }

    /// <summary>Null: it did not answer, or may not be asked.</summary>
    public ServerState? State { get; init; }

    /// <summary>Null: it answered.</summary>
    public string? Problem { get; init; }

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
