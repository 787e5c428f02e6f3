using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Actions;

/// <summary>
/// Has stored events published once more, in portions, so that any number fits into the memory. One row of
/// the audit stands for all of it, written at the end, also when the operator or the broker ended it early.
/// </summary>
sealed class EventReplay(PostgresServers database)
{
    /// <summary>Events in memory at one time.</summary>
    internal const int Portion = 500;

    /// <summary>To one queue.</summary>
    /// <param name="filter">Which events.</param>
    /// <param name="publisher">To the queue.</param>
    /// <param name="queue">Its name, for the audit.</param>
    /// <param name="by">Who, and why.</param>
    /// <param name="progress">Told how many were published so far.</param>
    /// <param name="stop">Ends it after the portion that is under way.</param>
    internal Task<EventReplayed> ToQueueAsync(
        EventFilter filter, QueuePublisher publisher, string queue, Operator by, IProgress<long> progress,
        CancellationToken stop) =>
        RunAsync(filter, publisher.PublishAsync, $"{filter} to queue {queue}", by, progress, stop);

    /// <summary>To every subscriber, through the outbox.</summary>
    /// <inheritdoc cref="ToQueueAsync"/>
    internal Task<EventReplayed> ToAllAsync(
        EventFilter filter, Operator by, IProgress<long> progress, CancellationToken stop) =>
        RunAsync(filter, EnqueueAsync, filter.ToString(), by, progress, stop);

    async Task<EventReplayed> RunAsync(
        EventFilter filter, Func<IReadOnlyList<StoredEvent>, Task<PortionPublished>> publish, string target,
        Operator by, IProgress<long> progress, CancellationToken stop)
    {
        var all = 0L;
        try
        {
            StoredEvent? last = null;
            while (await NextAsync(filter, last, stop) is { Count: > 0 } portion)
            {
                var published = await publish(portion);
                all += published.Confirmed;
                progress.Report(all);
                if (published.FirstLeft is { } left)
                {
                    return new()
                    {
                        Published = all, EndedAt = left.OccurredAt, Problem = published.Problem,
                    };
                }

                last = portion[^1];
            }

            return new() { Published = all };
        }
        finally
        {
            await AuditAsync(target, all, by);
        }
    }

    Task<List<StoredEvent>> NextAsync(EventFilter filter, StoredEvent? last, CancellationToken stop) =>
        Query.ReadAsync<StoredEvent>(
            database, "event_take", stop,
            [
                .. EventQuery.Parameters(filter), Parameter.Time(last?.OccurredAt),
                Parameter.Bigint(last?.BillVersion), Parameter.Uuid(last?.EventId),
                Parameter.Integer(Portion),
            ]);

    /// <summary>Short commits: a long one would hold back the relays that wait for its rows.</summary>
    async Task<PortionPublished> EnqueueAsync(IReadOnlyList<StoredEvent> portion)
    {
        await using var session = await CommitSession.OpenAsync(database, CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        await Query.ReadAsync<Guid>(
            session.Connection, "event_again", CancellationToken.None,
            Parameter.Uuids([.. portion.Select(one => one.EventId)]));
        await session.CommitAsync(CancellationToken.None);
        return new() { Confirmed = portion.Count };
    }

    /// <summary>What was published stays so, whoever stops the command now.</summary>
    async Task AuditAsync(string target, long count, Operator by)
    {
        if (count == 0)
        {
            return;
        }

        await using var session = await CommitSession.OpenAsync(database, CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        await Audit.AddAsync(
            session.Connection, by, "event replay", target, count, CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
    }
}
