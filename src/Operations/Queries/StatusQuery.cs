using Npgsql;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Queries;

/// <summary>What of one kind of events waits to be published.</summary>
sealed record OutboxState
{
    public required string Kind { get; init; }

    /// <summary>Events that wait; <see cref="StatusQuery.MostCounted"/>: so many or more.</summary>
    public required long Pending { get; init; }

    /// <summary>Since when the oldest waits; null: none does.</summary>
    public DateTime? OldestAt { get; init; }
}

/// <summary>What the full quarantine counted and did not keep.</summary>
sealed record DroppedState
{
    public required long Count { get; init; }
    public required decimal Bytes { get; init; }

    /// <summary>When the last was; null: there was none.</summary>
    public DateTime? LastAt { get; init; }
}

/// <summary>Requests that came before their payment.</summary>
sealed record PendingState
{
    /// <summary>Requests that wait; <see cref="StatusQuery.MostCounted"/>: so many or more.</summary>
    public required long Waiting { get; init; }

    /// <summary>When the oldest was sent; null: none waits.</summary>
    public DateTime? OldestAt { get; init; }
}

/// <summary>Events decided in the last minute and in the last five.</summary>
sealed record Rates
{
    public required long Reversed { get; init; }
    public required long Rejected { get; init; }
    public required long ReversedLastMinute { get; init; }
    public required long RejectedLastMinute { get; init; }

    /// <summary>There were more than are counted: they cover the time since <see cref="Since"/>.</summary>
    public required bool IsCapped { get; init; }

    /// <summary>When the oldest that is counted was decided; null: none was.</summary>
    public DateTime? Since { get; init; }

    internal static Rates None { get; } = new()
    {
        Reversed = 0, Rejected = 0, ReversedLastMinute = 0, RejectedLastMinute = 0, IsCapped = false,
    };
}

/// <summary>What the database tells of how the worker is doing.</summary>
sealed record Status
{
    public required DateTime At { get; init; }
    public required IReadOnlyList<OutboxState> Outbox { get; init; }
    public required IReadOnlyList<QuarantineCause> Quarantine { get; init; }

    /// <summary>Messages that nobody had signed and that the full quarantine did not keep, ever.</summary>
    public required DroppedState Dropped { get; init; }

    public required PendingState Pending { get; init; }
    public required Rates Rates { get; init; }

    /// <summary>Who paused the workers; none: they take requests.</summary>
    public required IReadOnlyList<Pause> Pauses { get; init; }

    /// <summary>Those heard of in the last ten minutes.</summary>
    public required IReadOnlyList<ReportedWorker> Workers { get; init; }

    /// <summary>What could not be read, as somebody has locked its table.</summary>
    public required IReadOnlyList<string> Locked { get; init; }

    /// <summary>Sessions for which a worker waits, or that keep everybody from writing to a table.</summary>
    public required IReadOnlyList<Blocker> Blockers { get; init; }

    /// <summary>Null: no transaction keeps dead rows from being removed.</summary>
    public OldTransaction? OldestTransaction { get; init; }
}

/// <summary>Reads the state of the whole; each part of it from an index, or capped.</summary>
sealed class StatusQuery(PostgresServers database, TimeProvider clock)
{
    /// <summary>Counting further would take longer than anybody wants to wait for a number.</summary>
    internal const int MostCounted = QueueDepths.MostCounted;

    internal async Task<Status> ReadAsync(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(stop);
        await using (var patience = new NpgsqlCommand("SET lock_timeout = '500ms'", connection))
        {
            await patience.ExecuteNonQueryAsync(stop);
        }

        List<string> locked = [];
        async Task<IReadOnlyList<T>> PartAsync<T>(string name, params NpgsqlParameter[] values)
        {
            try
            {
                return await Query.ReadAsync<T>(connection, $"{name}", stop, values);
            }
            catch (PostgresException error)
                when (error.SqlState is PostgresErrorCodes.LockNotAvailable)
            {
                locked.Add(name);
                return [];
            }
        }

        var most = MostCounted;
        return new Status
        {
            At = now.UtcDateTime,
            Pauses = await PartAsync<Pause>("pauses", Parameter.Integer(most)),
            Workers = await PartAsync<ReportedWorker>("workers"),
            Blockers = await PartAsync<Blocker>("blockers"),
            Outbox = await PartAsync<OutboxState>("outbox_status", Parameter.Integer(most)),
            Quarantine = await PartAsync<QuarantineCause>("quarantine_causes"),
            Dropped = (await PartAsync<DroppedState>("quarantine_dropped"))
                .SingleOrDefault() ?? new DroppedState { Count = 0, Bytes = 0 },
            Pending = (await PartAsync<PendingState>("pending_status", Parameter.Integer(most)))
                .SingleOrDefault() ?? new PendingState { Waiting = 0 },
            Rates = (await PartAsync<Rates>(
                "rates", Parameter.Time(now.AddMinutes(-5)), Parameter.Time(now.AddMinutes(-1)),
                Parameter.Integer(most))).SingleOrDefault() ?? Rates.None,
            OldestTransaction = (await PartAsync<OldTransaction>("oldest_transaction")).SingleOrDefault(),
            Locked = locked,
        };
    }
}
