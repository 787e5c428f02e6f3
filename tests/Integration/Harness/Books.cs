using Dapper;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration.Harness;

/// <summary>What a bill shows of a reversal.</summary>
readonly record struct BillState(string Status, decimal PaidAmount, long Version);

/// <summary>A row of <c>reversals.quarantine</c>.</summary>
sealed record Quarantined
{
    public required string Cause { get; init; }
    public required string Detail { get; init; }
    public string? ClientId { get; init; }
    public string? Signature { get; init; }
    public required string Headers { get; init; }
    public required byte[] Body { get; init; }
}

/// <summary>The database of one test, as the biller sees it, whose bills and payments it holds.</summary>
sealed class Books(string connectionString) : IAsyncDisposable
{
    readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(connectionString);

    internal string ConnectionString { get; } = connectionString;

    internal string Name => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>A bill of 100 000, not paid yet.</summary>
    internal Task<long> BillAsync(
        string type = "open", string status = "active", string client = Some.Client,
        string vaNumber = Some.VaNumber, int validForDays = 30, string components = "[]") =>
        NumberAsync(
            """
            INSERT INTO billing.bill (client_id, hash, va_number, invoice_number, type, name, customer_name,
                total_amount, billed_amount, status, valid_until, components)
            VALUES (@client, 'hash', @vaNumber, 'INV-1', @type, 'SPP Januari 2022', 'Siti',
                100000, 100000, @status, now() + @validForDays * interval '1 day', @components::jsonb)
            RETURNING id
            """,
            new { type, status, client, vaNumber, validForDays, components });

    /// <summary>A bill with one payment.</summary>
    internal async Task<long> PaidAsync(
        string paymentRef, decimal amount, string type = "open", string status = "active",
        string client = Some.Client, string vaNumber = Some.VaNumber, int validForDays = 30,
        string components = "[]")
    {
        var bill = await BillAsync(type, status, client, vaNumber, validForDays, components);
        await PayAsync(bill, paymentRef, amount);
        return bill;
    }

    /// <summary>Adds a payment to a bill of the same client, made on the bill's VA number.</summary>
    internal Task PayAsync(
        long bill, string? paymentRef, decimal amount, string? referenceId = null, string? channel = null,
        int daysAgo = 0) =>
        RunAsync(
            """
            WITH paid AS (
                UPDATE billing.bill SET paid_amount = paid_amount + @amount WHERE id = @bill
                RETURNING id, client_id, va_number
            )
            INSERT INTO billing.payment
                (bill_id, client_id, payment_ref, reference_id, va_number, channel, amount, paid_at)
            SELECT id, client_id, @paymentRef, @referenceId, va_number, @channel, @amount,
                now() - @daysAgo * interval '1 day'
            FROM paid
            """,
            new { bill, paymentRef, amount, referenceId, channel, daysAgo });

    /// <summary>A bill of its own for each number from 1 on, paid by P1, P2, … with 1 000 each.</summary>
    internal Task ManyAsync(int bills) => RunAsync(
        """
        WITH new AS (
            INSERT INTO billing.bill (
                id, client_id, hash, va_number, invoice_number, type, name, customer_name,
                total_amount, billed_amount, paid_amount, status, valid_until)
            SELECT 1000000 + n, @Client, 'hash-' || n, to_char(n, 'FM0000000000000000'), 'INV-' || n, 'open',
                'SPP', 'Siti', 1000, 1000, 1000, 'active', now() + interval '30 days'
            FROM generate_series(1, @bills) n
            RETURNING id, va_number
        )
        INSERT INTO billing.payment (bill_id, client_id, payment_ref, reference_id, va_number, amount)
        SELECT id, @Client, 'P' || id - 1000000, 'TRX-' || id - 1000000, va_number, 1000 FROM new
        """,
        new { bills, Some.Client });

    internal async Task<BillState> StateAsync(long bill)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return await connection.QuerySingleAsync<BillState>(
            "SELECT status, paid_amount AS \"PaidAmount\", version FROM billing.bill WHERE id = @bill",
            new { bill });
    }

    /// <summary>Everything a rejection must not change, as one text.</summary>
    internal async Task<string> SnapshotAsync() => await TextAsync(
        """
        SELECT (SELECT coalesce(json_agg(b ORDER BY b.id), '[]')::text FROM billing.bill b)
            || (SELECT coalesce(json_agg(p ORDER BY p.id), '[]')::text FROM billing.payment p)
            || (SELECT coalesce(json_agg(r ORDER BY r.client_id, r.reference_id), '[]')::text
                FROM reversals.reversal r)
        """) ?? "";

    /// <summary>Bills whose paid_amount is not what their payments and reversals add up to.</summary>
    internal Task<long> DisagreementsAsync() => NumberAsync(
        """
        SELECT count(*) FROM (
            SELECT b.id FROM billing.bill b LEFT JOIN billing.payment p ON p.bill_id = b.id
            GROUP BY b.id, b.paid_amount HAVING b.paid_amount <> coalesce(sum(p.amount - p.reversed_amount), 0)
            UNION ALL
            SELECT p.id FROM billing.payment p LEFT JOIN reversals.reversal r ON r.payment_id = p.id
            GROUP BY p.id, p.reversed_amount HAVING p.reversed_amount <> coalesce(sum(r.amount), 0)
        ) wrong
        """);

    internal Task<long> CountAsync(string table) => NumberAsync($"SELECT count(*) FROM {table}");

    /// <summary>The bill cannot be changed any more, until the trigger <c>poison</c> is dropped. A sound bill
    /// stands beside it: where no bill can be changed, it is the database that fails and no
    /// message.</summary>
    internal async Task PoisonAsync(long bill)
    {
        await BillAsync(vaNumber: "9999999999999999");
        await RunAsync(Poison(bill));
    }

    static string Poison(long bill) => FormattableString.Invariant(
        $"""
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = 'data_exception'; END $$;
        CREATE TRIGGER poison BEFORE UPDATE ON billing.bill
            FOR EACH ROW WHEN (OLD.id = {bill}) EXECUTE FUNCTION poison();
        """);

    /// <summary>Requests that wait for WAIT-1, WAIT-2, …, or every fifth by its virtual account, which nobody
    /// pays on.</summary>
    internal Task WaitingAsync(int count) => RunAsync(
        """
        INSERT INTO reversals.pending (client_id, key, request_hash, payment_ref, reference_id, va_number,
            sent_at, pending_until)
        SELECT @Client, 'waits-' || n, sha256(n::text::bytea), CASE WHEN n % 5 <> 4 THEN 'WAIT-' || n END,
            'waits-' || n, CASE WHEN n % 5 = 4 THEN to_char(9000000000 + n, 'FM0000000000') END, now(),
            now() + interval '1 day'
        FROM generate_series(1, @count) n
        """,
        new { count, Some.Client });

    /// <summary>Waits until a table has that many rows.</summary>
    internal Task CountedAsync(string table, int count, int seconds = 20) => Until.TrueAsync(
        async () => await CountAsync(table) == count, $"{count} rows in {table}", seconds);

    internal Task AppliedAsync(int count, int seconds = 20) => CountedAsync("reversals.reversal", count, seconds);

    internal Task OutboxEmptyAsync(int seconds = 20) => CountedAsync("reversals.outbox", 0, seconds);

    internal Task QuarantinedAsync(int count, int seconds = 20) =>
        CountedAsync("reversals.quarantine", count, seconds);

    internal async Task<List<Quarantined>> QuarantineAsync()
    {
        await using var connection = await _database.OpenConnectionAsync();
        var rows = await connection.QueryAsync<Quarantined>(
            """
            SELECT cause AS "Cause", detail AS "Detail", client_id AS "ClientId", signature AS "Signature",
                headers::text AS "Headers", body AS "Body"
            FROM reversals.quarantine ORDER BY id
            """);
        return rows.AsList();
    }

    internal async Task<List<string>> TextsAsync(string sql)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return (await connection.QueryAsync<string>(sql)).AsList();
    }

    internal async Task<string?> TextAsync(string sql, object? values = null)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<string>(sql, values);
    }

    internal async Task<long> NumberAsync(string sql, object? values = null)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<long>(sql, values);
    }

    internal async Task RunAsync(string sql, object? values = null)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, values);
    }

    internal ValueTask<NpgsqlConnection> OpenAsync() => _database.OpenConnectionAsync();
}
