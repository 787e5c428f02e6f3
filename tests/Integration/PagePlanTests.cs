using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>What a page asks is answered from an index, however much there is.</summary>
public sealed class PagePlanTests(Servers servers) : ServerTest(servers)
{
    const int Rows = 20_000;
    const string Event = "'019a0000-0000-7000-8000-000000000007'::uuid";

    /// <summary>A statement, what it is asked, and the index that answers, as a pattern.</summary>
    internal static readonly (string Statement, string Values, string Index)[] Questions =
    [
        ("quarantine_causes", "", "Index Only Scan using quarantine_open"),
        ("quarantine_list", "'RARE', null, null, false, null, 50", "(using|on) quarantine_open"),
        ("quarantine_list", "'SIGNATURE_INVALID', null, null, false, 9000, 50", "Index Scan"),
        ("quarantine_list", "null, null, null, false, null, 50", "(using|on) quarantine_pkey"),
        ("quarantine_list", "null, null, null, true, 9000, 50", "(using|on) quarantine_pkey"),
        ("quarantine_count", "'SIGNATURE_INVALID', null, null, false, 100000", "(using|on) quarantine_open"),
        ("quarantine_find", "7", @"Index Cond: \(id = '7'::bigint\)"),
        ("list_actions", "200", "(using|on) operator_action_pkey"),
        ("show_reversals", "'request-7', 100", "(using|on) reversal_pkey"),
        ("show_events", $"'request-7', ARRAY[{Event}], 100", "(using|on) event_pkey"),
        ("show_payments", "'P7', ARRAY[7], 100", "(using|on) payment_by_payment_ref"),
        ("show_quarantine", "'quarantined-7', 100", "(using|on) quarantine_by_reference_id"),
        ("show_event", Event, "(using|on) event_pkey"),
        ("show_outbox", $"ARRAY[{Event}]", ""),
        ("rates", "now(), now(), 100000", "(using|on) event_by_time"),
        ("outbox_status", "100000", ""),
        ("rows_written", "", ""),
    ];

    [Fact]
    public async Task No_question_of_the_page_reads_a_whole_table()
    {
        await SeedAsync();
        await using var database = Database.OpenForPeople(
            Box.Books.ConnectionString, NullLoggerFactory.Instance);
        await using var people = await database.OpenConnectionAsync(Stop);
        foreach (var (statement, values, index) in Questions)
        {
            var plan = await PlanAsync(people, "EXPLAIN", statement, values);

            plan.ShouldNotMatch(
                @"Seq Scan on (bill|payment|reversal|event|quarantine|operator_action)\b", $"{statement}: {plan}");
            plan.ShouldMatch(index, $"{statement}: {plan}");
        }
    }

    /// <summary>How the server answers this question, or answered it.</summary>
    internal static async Task<string> PlanAsync(
        NpgsqlConnection people, string explain, string statement, string values)
    {
        var question = Query.Statement(statement);
        var asked = values.Length > 0 ? $"asked ({values})" : "asked";
        return string.Join('\n', await people.QueryAsync<string>(
            $"DEALLOCATE ALL; PREPARE asked AS {question}; {explain} EXECUTE {asked}"));
    }

    async Task SeedAsync()
    {
        await Box.Books.ManyAsync(Rows);
        await Box.Books.RunAsync(
            """
            INSERT INTO reversals.reversal
                (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, reversed_at)
            SELECT 'acme', 'request-' || n, decode(repeat('00', 32), 'hex'), n, n, 1000,
                ('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now()
            FROM generate_series(1, @Rows) n;
            INSERT INTO reversals.event
                (event_id, kind, client_id, reference_id, payment_ref, rc, reason, body, occurred_at)
            SELECT event_id, 'payment.reversal', client_id, reference_id, 'P' || payment_id, 'SUCCESS', 'REVERSED',
                '{}', now()
            FROM reversals.reversal;
            INSERT INTO reversals.quarantine (cause, detail, headers, body, received_at)
            SELECT CASE WHEN n % 1000 = 0 THEN 'RARE' ELSE 'SIGNATURE_INVALID' END,
                repeat('d', 300), '{}',
                convert_to(format('{"payment_ref": "Q%s", "reference_id": "quarantined-%s"}', n, n), 'UTF8'), now()
            FROM generate_series(1, @Rows) n;
            INSERT INTO reversals.operator_action (operator, verb, target, count)
            SELECT 'siti', 'quarantine discard', 'ids ' || n, 1 FROM generate_series(1, @Rows) n;
            """,
            new { Rows });
        await Box.Books.RunAsync("VACUUM (ANALYZE)");
    }
}
