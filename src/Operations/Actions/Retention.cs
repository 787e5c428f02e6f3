using System.Globalization;
using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Actions;

/// <summary>What became of what is old.</summary>
sealed record Anonymised
{
    public long Events { get; init; }

    /// <summary>Messages of the quarantine.</summary>
    public long Messages { get; init; }

    /// <summary>Events whose body is no JSON: left as they are.</summary>
    public long Unreadable { get; init; }

    internal long Total => Events + Messages;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Events} events, {Messages} quarantined messages");
}

/// <summary>
/// Takes what is about a customer out of old events and out of quarantined messages that somebody saw to.
/// Each portion is a commit of its own, after which it rests as long as that took, so that the worker goes on
/// beside it. Two rows of the audit stand for all of it: one in the commit of the first portion, one with the
/// number at the end, also when the operator ended it early; if it is killed, the first remains.
/// </summary>
sealed class Retention(PostgresServers database, TimeProvider clock)
{
    internal const int Portion = 500;

    const string Command = "retention run";

    bool _isAudited;

    /// <param name="before">Older than this.</param>
    /// <param name="by">Who, and why.</param>
    /// <param name="progress">Told what was done so far.</param>
    /// <param name="stop">Ends it after the portion that is under way.</param>
    internal async Task<Anonymised> RunAsync(
        DateTimeOffset before, Operator by, IProgress<Anonymised> progress, CancellationToken stop)
    {
        var all = new Anonymised();
        try
        {
            var last = default(AgedEvent);
            while (await PortionAsync(() => EventsAsync(before, last, by), stop) is { Count: > 0 } events)
            {
                last = events[^1];
                var unreadable = events.Count(one => one.Anonymised is null);
                all = all with
                {
                    Events = all.Events + events.Count - unreadable, Unreadable = all.Unreadable + unreadable,
                };
                progress.Report(all);
            }

            var after = 0L;
            while (await PortionAsync(() => MessagesAsync(before, after, by), stop) is { Count: > 0 } ids)
            {
                after = ids.Max();
                all = all with { Messages = all.Messages + ids.Count };
                progress.Report(all);
            }

            return all;
        }
        finally
        {
            if (all.Total > 0)
            {
                await CommitAsync(session => Audit.AddAsync(
                    session.Connection, by, Command, $"older than {At(before)}: {all}", all.Total,
                    CancellationToken.None));
            }
        }
    }

    /// <summary>Rests before it as long as it takes: so half of the time is the worker's alone.</summary>
    async Task<List<T>> PortionAsync<T>(Func<Task<List<T>>> change, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var began = clock.GetTimestamp();
        var changed = await change();
        await Task.Delay(clock.GetElapsedTime(began), clock, stop).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing);
        return changed;
    }

    async Task<List<AgedEvent>> EventsAsync(DateTimeOffset before, AgedEvent? last, Operator by)
    {
        List<AgedEvent> events = [];
        await CommitAsync(async session =>
        {
            events = await Query.ReadAsync<AgedEvent>(
                session.Connection, "retention_events", CancellationToken.None, Parameter.Time(before),
                Parameter.Time(last?.OccurredAt), Parameter.Uuid(last?.EventId), Parameter.Integer(Portion));
            AgedEvent[] readable = [.. events.Where(one => one.Anonymised is not null)];
            await Query.RunAsync(
                session.Connection, "retention_update_events", CancellationToken.None,
                Parameter.Uuids(readable, one => one.EventId),
                Parameter.Byteas(readable, one => one.Anonymised));
            await AuditBeginAsync(session, before, by, readable.Length);
        });
        return events;
    }

    async Task<List<long>> MessagesAsync(DateTimeOffset before, long after, Operator by)
    {
        List<long> ids = [];
        await CommitAsync(async session =>
        {
            ids = await Query.ReadAsync<long>(
                session.Connection, "retention_quarantine", CancellationToken.None, Parameter.Time(before),
                Parameter.Bigint(after), Parameter.Integer(Portion));
            await AuditBeginAsync(session, before, by, ids.Count);
        });
        return ids;
    }

    async Task AuditBeginAsync(CommitSession session, DateTimeOffset before, Operator by, int changed)
    {
        if (changed > 0 && !_isAudited)
        {
            await Audit.AddAsync(
                session.Connection, by, Command, $"begins: older than {At(before)}", 0,
                CancellationToken.None);
            _isAudited = true;
        }
    }

    /// <summary>What is under way is finished, whoever stops the command now.</summary>
    async Task CommitAsync(Func<CommitSession, Task> change)
    {
        await using var session = await CommitSession.OpenAsync(database, CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        await using (var patience = new NpgsqlCommand(
            // What was anonymised before is passed over row by row, and becomes more each year.
            "SET LOCAL statement_timeout = 0", session.Connection))
        {
            await patience.ExecuteNonQueryAsync(CancellationToken.None);
        }

        await change(session);
        await session.CommitAsync(CancellationToken.None);
    }

    static string At(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}

/// <summary>An event that is old.</summary>
sealed record AgedEvent
{
    public required Guid EventId { get; init; }

    public required byte[] Body
    {
        get;
        init
        {
            field = value;
            Anonymised = AnonymisedBody.Of(value);
        }
    }

    public required DateTime OccurredAt { get; init; }

    /// <summary>Null: the body cannot be read.</summary>
    internal byte[]? Anonymised { get; private init; }
}
