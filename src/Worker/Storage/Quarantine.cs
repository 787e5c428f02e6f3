using Npgsql;
using NpgsqlTypes;

namespace Reversals.Worker.Storage;

/// <summary>A message kept for people: nothing of it was applied.</summary>
sealed record QuarantinedMessage
{
    /// <summary>Code of the reason.</summary>
    public required string Cause { get; init; }

    /// <summary>What exactly was wrong, without secrets.</summary>
    public required string Detail { get; init; }

    /// <summary>The Client-Id header as it came; not to be trusted.</summary>
    public string? ClientId { get; init; }

    /// <summary>The Signature header as it came: a replay sends it again.</summary>
    public string? Signature { get; init; }

    /// <summary>All headers but the secret ones, as a JSON object.</summary>
    public required string Headers { get; init; }

    /// <summary>The exact bytes.</summary>
    public required byte[] Body { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>AMQP correlation-id; a replay sends it again, so that its answer carries it.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>
    /// For an authenticated request the event that says so, in the same commit; null: nobody is known.
    /// </summary>
    public Answer? Answer { get; init; }
}

/// <summary>Keeps messages that are not to be processed, any number in one commit.</summary>
sealed class Quarantine(NpgsqlDataSource database, OutboxSignals signals)
{
    internal async Task AddAsync(IReadOnlyList<QuarantinedMessage> messages, CancellationToken stop)
    {
        await using var session = new CommitSession(await database.OpenConnectionAsync(stop));
        var batch = session.Batch;
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        batch.BatchCommands.Add(Insert(messages));
        Answer[] answers = [.. messages.Select(message => message.Answer).OfType<Answer>()];
        if (answers.Length > 0)
        {
            batch.BatchCommands.Add(AnswerRows.InsertEvents(
                answers, messages.Max(message => message.ReceivedAt)));
            batch.BatchCommands.Add(AnswerRows.InsertOutbox(answers));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.PrepareAsync(stop);
        await session.CommitAsync(_ => Task.FromResult(true), stop);
        foreach (var kind in answers.Select(answer => answer.Kind).Distinct(StringComparer.Ordinal))
        {
            signals[kind].Wake();
        }
    }

    static NpgsqlBatchCommand Insert(IReadOnlyList<QuarantinedMessage> messages) => new(Sql.InsertQuarantine)
    {
        Parameters =
        {
            Column.Of(NpgsqlDbType.Text, messages, message => message.Cause),
            Column.Of(NpgsqlDbType.Text, messages, message => message.Detail),
            Column.Of(NpgsqlDbType.Text, messages, message => Storable(message.ClientId)),
            Column.Of(NpgsqlDbType.Text, messages, message => Storable(message.Signature)),
            Column.Of(NpgsqlDbType.Text, messages, message => message.Headers),
            Column.Of(NpgsqlDbType.Bytea, messages, message => message.Body),
            Column.Of(NpgsqlDbType.TimestampTz, messages, message => message.SentAt?.UtcDateTime),
            Column.Of(NpgsqlDbType.TimestampTz, messages, message => message.ReceivedAt.UtcDateTime),
            Column.Of(NpgsqlDbType.Text, messages, message => message.CorrelationId),
        },
    };

    /// <summary>PostgreSQL's text cannot hold U+0000; what a stranger sends must not stop the row.</summary>
    static string? Storable(string? text) => text?.Replace('\0', '\uFFFD');
}
