namespace Reversals.Tests.Integration;

/// <summary>The rights that <c>deploy/postgres/roles.sql</c> gives are not more than enough.</summary>
public sealed class RoleLimitTests(Servers servers) : ServerTest(servers)
{
    /// <summary>Whoever it is that tries.</summary>
    static readonly string[] ForbiddenToAll =
    [
        "DELETE FROM billing.bill", "DELETE FROM billing.payment",
        "TRUNCATE billing.bill CASCADE", "TRUNCATE billing.payment", "TRUNCATE reversals.outbox",
        "ALTER TABLE billing.bill ADD COLUMN more text", "ALTER TABLE billing.bill DISABLE TRIGGER ALL",
        "DROP TABLE billing.payment", "DROP SCHEMA billing CASCADE", "DROP INDEX billing.payment_by_va",
        "DELETE FROM reversals.reversal", "DELETE FROM reversals.event", "DELETE FROM reversals.quarantine",
        "DELETE FROM reversals.operator_action", "UPDATE reversals.operator_action SET operator = 'x'",
        "INSERT INTO reversals.operator_action (at) VALUES ('-infinity')",
        "INSERT INTO reversals.operator_action (signed_in_as) VALUES ('x')",
        "UPDATE reversals.quarantine SET body = ''", "UPDATE reversals.quarantine SET signature = ''",
        "DELETE FROM reversals.schema_version", "INSERT INTO reversals.schema_version VALUES (99, 'x', now())",
        "UPDATE reversals.reversal SET amount = 1", "UPDATE reversals.event SET body = ''",
        "UPDATE reversals.quarantine SET cause = ''", "UPDATE reversals.outbox SET event_id = NULL",
        "ALTER TABLE reversals.reversal DROP CONSTRAINT reversal_pkey",
        "CREATE OR REPLACE FUNCTION reversals.expect_rows(actual bigint, expected bigint) RETURNS void " +
            "LANGUAGE sql AS ''",
        "CREATE TABLE billing.mine ()", "CREATE TABLE reversals.mine ()", "CREATE TABLE public.mine ()",
        "CREATE TEMPORARY TABLE mine ()", "CREATE SCHEMA mine",
        "SELECT * FROM pg_authid", "CREATE ROLE mine",
        "SELECT pg_read_file('/etc/passwd')", "COPY billing.bill (id) TO PROGRAM 'true'",
    ];

    static readonly string[] CustomerData =
    [
        "customer_name", "customer_email", "customer_phone", "customer_address", "va_number", "additional_data",
    ];

    [Theory]
    [Each(Roles.Worker, Roles.Operator, Roles.Reader, Roles.Biller)]
    public async Task Nobody_but_the_owner_deletes_or_changes_what_has_to_stay(string role)
    {
        var roles = await Box.UseRolesAsync();
        var columns = await Box.Books.TextsAsync(
            """
            SELECT format('UPDATE billing.%I SET %I = NULL', table_name, column_name)
            FROM information_schema.columns
            WHERE table_schema = 'billing'
              AND column_name NOT IN ('paid_amount', 'status', 'version', 'reversed_amount')
            """);
        columns.Count.ShouldBeGreaterThan(20);
        await roles.ForbidAsync(
            role,
            [
                .. ForbiddenToAll, .. columns, $"SET ROLE {roles.NameOf(Roles.Owner)}",
                "INSERT INTO billing.bill DEFAULT VALUES", "INSERT INTO billing.payment DEFAULT VALUES",
            ]);
    }

    [Fact]
    public async Task The_worker_counts_what_is_in_quarantine_and_cannot_read_it()
    {
        var roles = await Box.UseRolesAsync();
        await roles.ForbidAsync(
            Roles.Worker,
            [
                .. ((string[])["detail", "client_id", "signature", "headers", "body"])
                    .Select(column => $"SELECT {column} FROM reversals.quarantine"),
            ]);
        await roles.AllowAsync(Roles.Worker, ["SELECT count(*), cause FROM reversals.quarantine GROUP BY cause"]);
    }

    [Fact]
    public async Task A_reader_writes_nothing_and_sees_no_customer()
    {
        var roles = await Box.UseRolesAsync();
        await roles.ForbidAsync(
            Roles.Reader,
            [
                .. CustomerData.Select(column => $"SELECT {column} FROM billing.bill"),
                "SELECT va_number FROM billing.payment", "SELECT * FROM billing.bill",
                "SELECT body FROM reversals.event", "SELECT body FROM reversals.quarantine",
                "SELECT headers FROM reversals.quarantine", "SELECT signature FROM reversals.quarantine",
                "UPDATE billing.bill SET paid_amount = 0", "UPDATE billing.payment SET reversed_amount = 0",
                "INSERT INTO reversals.outbox (kind) VALUES ('payment.reversal')",
                "INSERT INTO reversals.quarantine (cause) VALUES ('x')", "DELETE FROM reversals.outbox",
            ]);
        await roles.AllowAsync(
            Roles.Reader,
            [
                "SELECT id, status, paid_amount, version FROM billing.bill",
                "SELECT payment_ref, amount, reversed_amount FROM billing.payment",
                "SELECT * FROM reversals.reversal", "SELECT rc, reason FROM reversals.event",
                "SELECT cause, received_at FROM reversals.quarantine", "SELECT * FROM reversals.outbox",
            ]);
    }

    [Fact]
    public async Task A_biller_calls_two_functions_and_reads_nothing()
    {
        var roles = await Box.UseRolesAsync();
        await roles.ForbidAsync(
            Roles.Biller,
            [
                .. await Box.Books.TextsAsync(
                    "SELECT 'SELECT FROM ' || oid::regclass FROM pg_class WHERE relkind = 'r' " +
                    "AND relnamespace IN ('billing'::regnamespace, 'reversals'::regnamespace)"),
                "INSERT INTO billing.payment (bill_id) VALUES (1)", "UPDATE billing.bill SET version = 1",
                "SELECT billing.expect(true, '', '', '', '')", "CALL reversals.test_write()",
            ]);
        await roles.AllowAsync(
            Roles.Biller,
            [
                "SELECT billing.put_bill('acme', 1, '', '8573991234567890', '', 'open', '', '', 1, now()), " +
                "billing.record_payment('acme', 1, 'P1', 1)",
            ]);
    }

    [Fact]
    public async Task An_operator_publishes_an_event_again_and_cannot_touch_billing()
    {
        var roles = await Box.UseRolesAsync();
        await Box.StartWorkerAsync();
        var first = await Box.AskAsync("{}");
        await using (var duty = new NpgsqlConnection(roles.ConnectionString(Roles.Operator) + ";Pooling=false"))
        {
            await duty.OpenAsync(Stop);
            await using var again = new NpgsqlCommand(
                "INSERT INTO reversals.outbox (kind, event_id, replayed) SELECT kind, event_id, true " +
                "FROM reversals.event", duty);
            await again.ExecuteNonQueryAsync(Stop);
        }

        var second = (await Box.Tap.HearAsync(2))[1];
        second.IsReplay.ShouldBeTrue();
        second.Body.ShouldBe(first.Body);
        await roles.AllowAsync(
            Roles.Operator,
            [
                "SELECT headers, body FROM reversals.quarantine",
                "SELECT id, paid_amount, status FROM billing.bill",
                "SELECT id, amount, reversed_amount FROM billing.payment",
                "UPDATE reversals.outbox SET held_until = '-infinity', lease_id = NULL",
                "UPDATE reversals.quarantine SET resolution = 'discarded', resolved_at = now(), "
                    + "resolved_by = 'x', resolution_note = 'x'",
                "INSERT INTO reversals.operator_action (operator, verb, target, note, count) "
                    + "VALUES ('x', 'x', 'x', 'x', 1)",
            ]);
        await roles.ForbidAsync(
            Roles.Operator,
            [
                .. CustomerData.Select(column => $"SELECT {column} FROM billing.bill"),
                "SELECT va_number FROM billing.payment",
                "UPDATE billing.bill SET status = 'void'", "DELETE FROM reversals.outbox",
                "UPDATE reversals.outbox SET attempts = 0",
                "INSERT INTO reversals.reversal (client_id) VALUES ('x')",
                "INSERT INTO reversals.event (kind) VALUES ('x')",
            ]);
    }
}
