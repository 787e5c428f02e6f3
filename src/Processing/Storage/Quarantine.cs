using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>Keeps messages that are not to be processed, any number in one commit.</summary>
sealed class Quarantine(PostgresServers database, RelayHandoffs signals, QuarantineLimit room)
{
    /// <param name="messages">The messages.</param>
    /// <param name="isAlone">One message: it may take no longer than many.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task AddAsync(
        IReadOnlyList<QuarantinedMessage> messages, bool isAlone, CancellationToken stop)
    {
        await room.LookAsync(database, stop);
        try
        {
            var (kept, dropped) = room.Divide(messages);
            await AddAnsweredAsync(kept, dropped, stop);
            room.Dropped(dropped);
        }
        catch
        {
            room.Forget();
            throw;
        }
    }

    /// <summary>
    /// When one fails alone it may be its answer that does; that the message is kept matters more.
    /// </summary>
    async Task AddAnsweredAsync(
        List<QuarantinedMessage> kept, List<QuarantinedMessage> dropped, CancellationToken stop)
    {
        try
        {
            await AddAsync(kept, dropped, stop);
        }
        catch (PostgresException error)
            when (kept is [{ Outcome: not null }] && Faults.Classify(error) == Fault.Data)
        {
            var detail = $"{kept[0].Detail}; its answer could not be stored (SQLSTATE {error.SqlState})";
            await AddAsync([kept[0] with { Outcome = null, Detail = detail }], dropped, stop);
        }
    }

    async Task AddAsync(
        List<QuarantinedMessage> kept, List<QuarantinedMessage> dropped, CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        var batch = session.Batch;
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        batch.BatchCommands.Add(Keep(kept));
        if (dropped.Count > 0)
        {
            batch.BatchCommands.Add(Count(dropped));
        }

        Outcome[] answers = [.. kept.Select(message => message.Outcome).OfType<Outcome>()];
        if (answers.Length > 0)
        {
            batch.BatchCommands.Add(EventCommands.InsertEvents(
                answers, kept.Max(message => message.ReceivedAt)));
            batch.BatchCommands.Add(EventCommands.InsertOutbox(answers));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await session.PrepareAsync(stop);
        foreach (var client in await session.CommitAsync(NewRowsAsync, stop))
        {
            room.Taken(client);
        }

        foreach (var kind in answers.Select(answer => answer.Kind).Distinct(StringComparer.Ordinal))
        {
            signals[kind].Wake();
        }

        signals.Answers.Add(answers);
    }

    /// <summary>The clients of the messages that have a row of their own now.</summary>
    static async Task<List<string>> NewRowsAsync(NpgsqlDataReader rows)
    {
        List<string> clients = [];
        while (await rows.ReadAsync())
        {
            if (rows.GetBoolean(1))
            {
                clients.Add(rows.GetString(0));
            }
        }

        return clients;
    }

    static NpgsqlBatchCommand Keep(List<QuarantinedMessage> messages)
    {
        // Copies that come together would meet each other in one statement, which cannot be.
        var copies = messages
            .GroupBy(message => Convert.ToHexString(message.Fingerprint), StringComparer.Ordinal).ToList();
        var kept = copies.ConvertAll(one => one.First());
        return new NpgsqlBatchCommand(Sql.InsertQuarantine)
        {
            Parameters =
            {
                Parameter.Texts(kept, message => message.Cause),
                Parameter.Texts(kept, message => Storable(message.Detail)),
                Parameter.Texts(kept, message => Storable(message.ClientId)),
                Parameter.Texts(kept, message => Storable(message.Signature)),
                Parameter.Texts(kept, message => message.Headers),
                Parameter.Byteas(kept, message => message.Body),
                Parameter.Times(kept, message => message.SentAt?.UtcDateTime),
                Parameter.Times(kept, message => message.ReceivedAt.UtcDateTime),
                Parameter.Texts(kept, message => message.Client),
                Parameter.Byteas(kept, message => message.Fingerprint),
                Parameter.Bigints(kept, message => message.BodySize),
                Parameter.Byteas(kept, message => message.BodyHash),
                Parameter.Bigints(copies, one => (long)one.Count()),
                Parameter.Texts(kept, message => message.CorrelationId),
                Parameter.Texts(kept, message => Storable(message.MessageId)),
            },
        };
    }

    /// <summary>Of what there is no room for, no message goes uncounted.</summary>
    static NpgsqlBatchCommand Count(List<QuarantinedMessage> messages)
    {
        var sums = messages.GroupBy(message => (message.Client, message.Cause)).ToList();
        return new NpgsqlBatchCommand(Sql.CountDropped)
        {
            Parameters =
            {
                Parameter.Texts(sums, sum => sum.Key.Client),
                Parameter.Texts(sums, sum => sum.Key.Cause),
                Parameter.Bigints(sums, sum => (long)sum.Count()),
                Parameter.Bigints(sums,
                    sum => sum.Sum(message => message.BodySize ?? message.Body.Length)),
                Parameter.Times(sums,
                    sum => sum.Max(message => message.ReceivedAt).UtcDateTime),
            },
        };
    }

    /// <summary>PostgreSQL's text cannot hold U+0000; no sender may stop the row with it.</summary>
    static string? Storable(string? text) => text?.Replace('\0', '\uFFFD');
}
