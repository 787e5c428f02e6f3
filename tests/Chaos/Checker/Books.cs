using Dapper;
using Npgsql;

namespace Reversals.Tests.Chaos;

/// <summary>A bill; <see cref="Rest"/> stands for everything no reversal may change.</summary>
sealed record BillRow
{
    public required long Id { get; init; }
    public required string ClientId { get; init; }
    public required string Hash { get; init; }
    public required string Type { get; init; }
    public required decimal TotalAmount { get; init; }
    public required decimal PaidAmount { get; init; }
    public required string Status { get; init; }
    public required long Version { get; init; }
    public required DateTime ValidUntil { get; init; }
    public required string Rest { get; init; }

    internal const string Read =
        """
        SELECT id, client_id, hash, type, total_amount, paid_amount, status, version, valid_until,
               md5((to_jsonb(b) - '{paid_amount,status,version}'::text[])::text) AS rest
        FROM billing.bill b
        """;
}

/// <summary>A payment.</summary>
sealed record PaymentRow
{
    public required long Id { get; init; }
    public required long BillId { get; init; }
    public required string ClientId { get; init; }
    public string? PaymentRef { get; init; }
    public string? ReferenceId { get; init; }
    public required string VaNumber { get; init; }
    public required decimal Amount { get; init; }
    public required decimal ReversedAmount { get; init; }

    internal const string Read =
        """
        SELECT id, bill_id, client_id, payment_ref, reference_id, va_number, amount, reversed_amount
        FROM billing.payment
        """;
}

/// <summary>An applied reversal.</summary>
sealed record ReversalRow
{
    public required string ClientId { get; init; }
    public required string ReferenceId { get; init; }
    public required long PaymentId { get; init; }
    public required long BillId { get; init; }
    public required decimal Amount { get; init; }
    public required Guid EventId { get; init; }
    public required DateTime ReversedAt { get; init; }

    internal Key Key => new(ClientId, ReferenceId);

    internal const string Read =
        """
        SELECT client_id, reference_id, payment_id, bill_id, amount, event_id, reversed_at
        FROM reversals.reversal
        """;
}

/// <summary>A stored answer; of its body only the digest is read.</summary>
sealed record EventRow
{
    public required Guid EventId { get; init; }
    public required string Kind { get; init; }
    public required string ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public required string Reason { get; init; }
    public required byte[] Digest { get; init; }
    public required DateTime OccurredAt { get; init; }

    internal const string Read =
        """
        SELECT event_id, kind, client_id, reference_id, reason, sha256(body) AS digest, occurred_at
        FROM reversals.event
        """;
}

/// <summary>A quarantined message; of its body only the digest is read.</summary>
sealed record QuarantineRow
{
    public required long Id { get; init; }
    public required string Cause { get; init; }
    public string? ClientId { get; init; }
    public required byte[] Digest { get; init; }
    public required DateTime ReceivedAt { get; init; }

    internal const string Read =
        """
        SELECT id, cause, client_id, coalesce(body_sha256, sha256(body)) AS digest, received_at
        FROM reversals.quarantine
        ORDER BY id
        """;
}

/// <summary>The biller's books as they were seeded.</summary>
sealed record BooksBefore
{
    public required IReadOnlyDictionary<long, BillRow> Bills { get; init; }
    public required IReadOnlyDictionary<long, PaymentRow> Payments { get; init; }

    internal static async Task<BooksBefore> ReadAsync(string connectionString)
    {
        await using var database = await BooksAfter.OpenAsync(connectionString);
        if (await database.ExecuteScalarAsync<bool>(
            "SELECT EXISTS (SELECT 1 FROM reversals.event) OR EXISTS (SELECT 1 FROM reversals.quarantine)"))
        {
            throw new InvalidOperationException("A run must begin before the first request was answered.");
        }

        return new BooksBefore
        {
            Bills = (await database.QueryAsync<BillRow>(BillRow.Read)).ToDictionary(bill => bill.Id),
            Payments =
                (await database.QueryAsync<PaymentRow>(PaymentRow.Read)).ToDictionary(payment => payment.Id),
        };
    }
}

/// <summary>All tables at the end of a run.</summary>
sealed record BooksAfter
{
    /// <summary>Sessions that hold a snapshot and do nothing with it.</summary>
    const string Idle =
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'
          AND state_change < now() - interval '1 second'
        """;

    static BooksAfter() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    public required IReadOnlyDictionary<long, BillRow> Bills { get; init; }
    public required IReadOnlyDictionary<long, PaymentRow> Payments { get; init; }
    public required IReadOnlyList<ReversalRow> Reversals { get; init; }
    public required IReadOnlyList<EventRow> Events { get; init; }
    public required IReadOnlyList<QuarantineRow> Quarantine { get; init; }

    /// <summary>Event ids of what is still to be published.</summary>
    public required IReadOnlyList<Guid> Outbox { get; init; }

    /// <summary>Keys of the requests that wait for their payment.</summary>
    public required IReadOnlyList<Key> Pending { get; init; }
    public required long IdleSessions { get; init; }

    internal static async Task<BooksAfter> ReadAsync(string connectionString)
    {
        await using var database = await OpenAsync(connectionString);
        var pending = await database.ExecuteScalarAsync<bool>(
            "SELECT to_regclass('reversals.pending') IS NOT NULL")
            ? await database.QueryAsync<(string ClientId, string Key)>(
                "SELECT client_id, key FROM reversals.pending")
            : [];
        return new BooksAfter
        {
            Bills = (await database.QueryAsync<BillRow>(BillRow.Read)).ToDictionary(bill => bill.Id),
            Payments =
                (await database.QueryAsync<PaymentRow>(PaymentRow.Read)).ToDictionary(payment => payment.Id),
            Reversals = [.. await database.QueryAsync<ReversalRow>(ReversalRow.Read)],
            Events = [.. await database.QueryAsync<EventRow>(EventRow.Read)],
            Quarantine = [.. await database.QueryAsync<QuarantineRow>(QuarantineRow.Read)],
            Outbox = [.. await database.QueryAsync<Guid>("SELECT event_id FROM reversals.outbox")],
            Pending = [.. pending.Select(row => new Key(row.ClientId, row.Key))],
            IdleSessions = await database.ExecuteScalarAsync<long>(Idle),
        };
    }

    /// <summary>Unpooled: nothing of the oracle's stays behind on the server.</summary>
    internal static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var database = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 120 }
                .ConnectionString);
        await database.OpenAsync();
        return database;
    }
}
