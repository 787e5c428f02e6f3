using System.Diagnostics;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>
/// A connection on which something is committed. A COMMIT that waits for a synchronous standby and is
/// cancelled returns success, with a warning. So neither a timeout nor a token cancels one here. A caller
/// that gives up stops waiting and leaves the connection to itself, until the server has answered or is
/// gone.
/// </summary>
sealed class CommitSession : IAsyncDisposable
{
    /// <summary>
    /// How long an answer is waited for. The server ends every statement earlier (<c>statement_timeout</c>),
    /// so this is a COMMIT without its standby, or a server that hangs.
    /// </summary>
    internal static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(40);

    /// <summary>
    /// Makes its transaction wait for the standby: a COMMIT that has written nothing waits for nobody.
    /// </summary>
    internal const string Fence = "SELECT pg_logical_emit_message(true, 'reversal-worker', '')";

    /// <summary>Where PostgreSQL raises what PL/pgSQL's RAISE asks for.</summary>
    const string RaisedByFunction = "exec_stmt_raise";

    readonly PostgresServers _servers;
    readonly int _era;
    NpgsqlBatch? _batch;
    Task _committing = Task.CompletedTask;
    PostgresNotice? _warning;

    CommitSession(NpgsqlConnection connection, PostgresServers servers, int era)
    {
        (Connection, _servers, _era) = (connection, servers, era);
        connection.Notice += (_, received) => Keep(received.Notice);
    }

    internal NpgsqlConnection Connection { get; }

    /// <summary>To be filled, with COMMIT at its end; it is disposed of with the session.</summary>
    internal NpgsqlBatch Batch => _batch ??= Connection.CreateBatch();

    internal static async Task<CommitSession> OpenAsync(PostgresServers servers, CancellationToken stop)
    {
        var era = servers.Era;
        return new CommitSession(await servers.OpenConnectionAsync(stop), servers, era);
    }

    /// <summary>A COMMIT that is still under way keeps the connection until it is answered.</summary>
    public ValueTask DisposeAsync()
    {
        if (_committing.IsCompleted)
        {
            return CloseAsync();
        }

        _ = CloseLaterAsync();
        return ValueTask.CompletedTask;
    }

    /// <summary>Begins what <see cref="CommitAsync(CancellationToken)"/> ends.</summary>
    internal async Task BeginAsync(CancellationToken stop)
    {
        await using var begin = new NpgsqlCommand("BEGIN ISOLATION LEVEL READ COMMITTED", Connection);
        await begin.ExecuteNonQueryAsync(stop);
    }

    /// <summary>Commits what was begun.</summary>
    /// <exception cref="OutcomeUnknownException">It may or may not be committed.</exception>
    internal Task CommitAsync(CancellationToken giveUp)
    {
        Batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        return CommitAsync(_ => Task.FromResult(true), giveUp);
    }

    /// <summary>Runs the batch to its end and returns what was read.</summary>
    /// <param name="read">Reads the results; called once, and not to be relied on after giving up.</param>
    /// <param name="giveUp">Waits no longer; what is committed later is found by its key.</param>
    /// <exception cref="OutcomeUnknownException">It may or may not be committed.</exception>
    internal async Task<T> CommitAsync<T>(Func<NpgsqlDataReader, Task<T>> read, CancellationToken giveUp)
    {
        giveUp.ThrowIfCancellationRequested();
        Batch.Timeout = 0;
        _warning = null;
        var began = Stopwatch.GetTimestamp();
        var result = await AnsweredAsync(() => RunAsync(read), giveUp);
        if (_servers is { } servers
            && await servers.HasMovedAsync(_era, Stopwatch.GetElapsedTime(began), giveUp))
        {
            throw TakenOver();
        }

        return _warning is null
            ? result
            : throw new OutcomeUnknownException(
                $"COMMIT was answered with {_warning.SqlState}: {_warning.MessageText}. It may be lost " +
                "with this server, so it does not count; is a synchronous standby connected?");
    }

    /// <summary>Prepares the batch.</summary>
    internal Task PrepareAsync(CancellationToken giveUp) => AnsweredAsync(
        async () =>
        {
            await Batch.PrepareAsync(CancellationToken.None);
            return true;
        },
        giveUp);

    /// <summary>
    /// Does something on the connection. Who gives up, or hears that another server has taken over, waits no
    /// longer: to cancel what a server does that hangs takes as long as it hangs.
    /// </summary>
    /// <exception cref="OutcomeUnknownException">It may or may not be done.</exception>
    internal async Task<T> AnsweredAsync<T>(Func<Task<T>> work, CancellationToken giveUp)
    {
        giveUp.ThrowIfCancellationRequested();
        var working = work();
        _committing = working;
        try
        {
            var moved = _servers is { HasSeveral: true } servers ? servers.MovedSince(_era) : null;
            if (moved is not null && !working.IsCompleted)
            {
                var first = await Task.WhenAny(working, moved).WaitAsync(AnswerLimit, giveUp);
                return first == working ? await working : throw TakenOver();
            }

            return await working.WaitAsync(AnswerLimit, giveUp);
        }
        catch (TimeoutException) when (!working.IsCompleted)
        {
            throw new OutcomeUnknownException(
                $"COMMIT was not answered within {AnswerLimit.TotalSeconds:0} s; is a synchronous standby " +
                "connected?");
        }
    }

    static OutcomeUnknownException TakenOver() => new(
        "another server took over before COMMIT was answered: it may be lost with the one that answered, " +
        "so it does not count");

    async Task<T> RunAsync<T>(Func<NpgsqlDataReader, Task<T>> read)
    {
        await using var reader = await Batch.ExecuteReaderAsync(CancellationToken.None);
        var result = await read(reader);

        // It stands only once COMMIT was answered without an error.
        while (await reader.NextResultAsync(CancellationToken.None))
        {
        }

        return result;
    }

    /// <summary>A warning without a code of its own, unless a trigger raised it: that says nothing.</summary>
    void Keep(PostgresNotice notice)
    {
        if (notice is { SqlState: "01000", Routine: not RaisedByFunction })
        {
            _warning = notice;
        }
    }

    async Task CloseLaterAsync()
    {
        await _committing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await CloseAsync();
        }
        catch (NpgsqlException)
        {
            // It broke, and is closed.
        }
    }

    async ValueTask CloseAsync()
    {
        if (_batch is { } batch)
        {
            await batch.DisposeAsync();
        }

        await Connection.DisposeAsync();
    }
}
