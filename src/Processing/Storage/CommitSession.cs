using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>
/// COMMIT was not answered, or was answered although no synchronous standby has confirmed it. What it held
/// may or may not survive, so nothing is acknowledged or published. When it is done again, the unique keys
/// tell.
/// </summary>
sealed class OutcomeUnknownException(string message) : NpgsqlException(message);

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

    NpgsqlBatch? _batch;
    Task _committing = Task.CompletedTask;
    PostgresNotice? _warning;

    /// <param name="connection">Open; it is the session's from now on.</param>
    internal CommitSession(NpgsqlConnection connection)
    {
        Connection = connection;
        connection.Notice += (_, received) => Keep(received.Notice);
    }

    internal NpgsqlConnection Connection { get; }

    /// <summary>To be filled, with COMMIT at its end; it is disposed of with the session.</summary>
    internal NpgsqlBatch Batch => _batch ??= Connection.CreateBatch();

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
        var committing = RunAsync(read);
        _committing = committing;
        try
        {
            var result = await committing.WaitAsync(AnswerLimit, giveUp);
            return _warning is null
                ? result
                : throw new OutcomeUnknownException(
                    $"COMMIT was answered with {_warning.SqlState}: {_warning.MessageText}. It may be lost " +
                    "with this server, so it does not count; is a synchronous standby connected?");
        }
        catch (TimeoutException) when (!committing.IsCompleted)
        {
            throw new OutcomeUnknownException(
                $"COMMIT was not answered within {AnswerLimit.TotalSeconds:0} s; is a synchronous standby " +
                "connected?");
        }
    }

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
