using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>Which payment a request means, where several could be meant, or only a later one.</summary>
public sealed class LocatingTests(Servers servers) : ServerTest(servers)
{
    const string OnVa = "{'reference_id':'request-1','virtual_account':'8573991234567890','amount':1000}";

    [Theory]
    [Each(OnVa, "{'reference_id':'request-1','virtual_account':'1234567890'}")]
    public async Task A_payment_made_after_a_request_that_names_only_a_VA_stays(string body)
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Json(body))).Reason.ShouldBe("PAYMENT_NOT_FOUND");

        await PayAsync(bill, "PAY-A", "1 minute");

        await PendingAreLookedAtAsync();
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(1000);
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(1);
    }

    [Fact]
    public async Task A_request_sent_before_the_payment_was_made_does_not_take_it_at_once()
    {
        var bill = await Box.Books.BillAsync();
        await PayAsync(bill, "PAY-A", "-5 minutes");
        await Box.StartWorkerAsync();
        (await AskAsync(Some.Json(OnVa), hoursAgo: 1)).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(1000);
        (await Box.AskAsync(Some.Json(OnVa))).Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task A_payment_made_before_its_request_and_recorded_after_it_is_reversed()
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Json(OnVa))).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        await PayAsync(bill, "PAY-A", "-1 minute");
        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task Asked_again_while_it_waits_a_request_means_what_was_paid_until_then()
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        await AskAsync(Some.Json(OnVa), hoursAgo: 3);
        await AskAsync(Some.Json(OnVa), hoursAgo: 1);
        await AskAsync(Some.Json(OnVa), hoursAgo: 2);

        await PayAsync(bill, "PAY-A", "-90 minutes");

        (await Box.Tap.HearAsync(4))[3].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task The_tolerance_is_the_clients_own()
    {
        Box.Settings[$"Clients:{Some.Client}:ClockTolerance"] = "00:10:00";
        var bill = await Box.Books.BillAsync();
        await PayAsync(bill, "PAY-A", "5 minutes");
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Json(OnVa))).Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task The_second_reference_for_one_of_two_bills_takes_nothing_from_the_other()
    {
        var (small, large) = (await Box.Books.BillAsync(), await Box.Books.BillAsync());
        await Box.Books.PayAsync(small, "PAY-A", 10_000);
        await Box.Books.PayAsync(large, "PAY-A", 50_000);
        await Box.StartWorkerAsync();

        (await Box.AskAsync(Some.Request("PAY-A", "request-1", 10_000))).Reason.ShouldBe("REVERSED");
        (await Box.AskAsync(Some.Request("PAY-A", "request-2", 10_000))).Reason.ShouldBe("ALREADY_REVERSED");
        (await Box.Books.StateAsync(large)).PaidAmount.ShouldBe(50_000);
    }

    [Fact]
    public async Task A_message_that_was_too_late_is_too_late_again_with_a_time_before_the_payment()
    {
        var bill = await Box.Books.BillAsync(client: Some.StrictClient);
        await Box.Books.PayAsync(bill, "PAY-A", 1000, daysAgo: 2);
        await Box.StartWorkerAsync();
        var body = Some.Request("PAY-A", "request-1");

        (await Box.AskAsync(body, Some.StrictClient)).Reason.ShouldBe("WINDOW_EXPIRED");
        await Box.Upstream.SendAsync(
            body, Some.StrictClient, properties => properties.Timestamp = new AmqpTimestamp(1));
        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe("WINDOW_EXPIRED");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(1000);
    }

    [Theory]
    [Each(
        "{'payment_ref':'-','reference_id':'request-0'}",
        "{'payment_ref':'-','reference_id':'request-0','amount':1007}", "{'payment_ref':'-'}",
        "{'reference_id':'same-own'}", "{'reference_id':'request-0','virtual_account':'8573991234567890'}",
        "{'reference_id':'request-0','virtual_account':'1234567890','amount':1007}")]
    public async Task A_name_that_very_many_payments_share_is_ambiguous_and_holds_up_nobody(string body)
    {
        const int neighbours = 20;
        await Box.Books.ManyAsync(neighbours);
        var bill = await Box.Books.BillAsync();
        await Box.Books.RunAsync(
            """
            INSERT INTO billing.payment (bill_id, client_id, payment_ref, reference_id, va_number, amount)
            SELECT @bill, @Client, '-', 'same-own', @VaNumber, 1000 + n % 50000
            FROM generate_series(1, 100000) n
            """,
            new { bill, Some.Client, Some.VaNumber });
        var before = await Box.Books.StateAsync(bill);
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("P404", "request-404"));

        var since = Stopwatch.GetTimestamp();
        await Box.Upstream.SendAllAsync(
            [.. Enumerable.Repeat(Some.Json(body), 20), .. Some.Requests(neighbours)]);
        var heard = (await Box.Tap.HearAsync(1 + 20 + neighbours)).Skip(1).ToList();
        var took = Stopwatch.GetElapsedTime(since);

        heard.Count(one => one.Reason == "AMBIGUOUS_PAYMENT").ShouldBe(20);
        heard.Count(one => one.Reason == "REVERSED").ShouldBe(neighbours);
        (await Box.Books.StateAsync(bill)).ShouldBe(before);
        took.ShouldBeLessThan(TimeSpan.FromSeconds(3));
        (await MostRowsReadAsync(body)).ShouldBeLessThan(2_000);
    }

    /// <summary>Somebody makes functions and operators that fit better than the server's own and puts them
    /// first.</summary>
    [Fact]
    public async Task What_is_created_later_is_not_called_in_a_look_up()
    {
        await Box.Books.ManyAsync(3);
        await Box.Books.RunAsync(
            """
            CREATE FUNCTION public."right"(text, integer) RETURNS text LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
            CREATE FUNCTION public.length(text) RETURNS integer LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
            CREATE FUNCTION public.equal(text, text) RETURNS boolean LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
            CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.equal)
            """);

        var found = await Box.Books.NumberAsync(
            """
            SET search_path = public, pg_catalog;
            SELECT count(*) FROM reversals.locate(
                ARRAY['acme'], ARRAY['P1'], ARRAY['acme'], ARRAY['TRX-2'], ARRAY['acme'], ARRAY['0000000003'],
                ARRAY[1000::numeric], ARRAY[now()], 100)
            """);
        found.ShouldBe(3);
        (await Box.Books.NumberAsync(
            """
            SELECT count(*) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
            WHERE p.pronamespace = 'reversals'::regnamespace AND l.lanname = 'sql' AND p.prosqlbody IS NULL
              AND NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog', 'search_path=pg_catalog, pg_temp']
            """)).ShouldBe(0);
    }

    /// <summary>What the look-up of one request reads of the payments, as the server counts it.</summary>
    async Task<long> MostRowsReadAsync(string body)
    {
        await using var connection = await Box.Books.OpenAsync();
        var (paymentRef, own, va) = (body.Contains("payment_ref", StringComparison.Ordinal) ? "'-'" : "NULL",
            body.Contains("same-own", StringComparison.Ordinal) ? "'same-own'" : "NULL",
            body.Contains("virtual", StringComparison.Ordinal) ? $"'{Some.VaNumber}'" : "NULL");
        await using var command = new Npgsql.NpgsqlCommand(
            $"""
            SET enable_seqscan = off; SET enable_bitmapscan = off;
            EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM reversals.locate(
                ARRAY['acme'], ARRAY[{paymentRef}], ARRAY['acme'], ARRAY[{own}], ARRAY['acme'], ARRAY[{va}],
                ARRAY[NULL::numeric], ARRAY['infinity'::timestamptz], 100)
            """,
            connection);
        var plan = System.Text.Json.JsonElement.Parse((string)(await command.ExecuteScalarAsync(Stop))!);
        return Rows(plan[0].GetProperty("Plan"));

        static long Rows(System.Text.Json.JsonElement node) =>
            (node.TryGetProperty("Index Name", out _)
                ? (long)node.GetProperty("Actual Rows").GetDouble() + Removed(node) : 0)
            + (node.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().Sum(Rows) : 0);

        static long Removed(System.Text.Json.JsonElement node) =>
            node.TryGetProperty("Rows Removed by Filter", out var rows) ? (long)rows.GetDouble() : 0;
    }

    Task PayAsync(long bill, string paymentRef, string when) => Box.Books.RunAsync(
        """
        WITH paid AS (
            UPDATE billing.bill SET paid_amount = paid_amount + 1000 WHERE id = @bill
            RETURNING id, client_id, va_number
        )
        INSERT INTO billing.payment (bill_id, client_id, payment_ref, va_number, amount, paid_at)
        SELECT id, client_id, @paymentRef, va_number, 1000, now() + @when::interval FROM paid
        """,
        new { bill, paymentRef, when });

    Task<Heard> AskAsync(string body, int hoursAgo) => Box.AskAsync(body, change: to =>
        to.Timestamp = new AmqpTimestamp(TimeProvider.System.GetUtcNow().AddHours(-hoursAgo).ToUnixTimeSeconds()));

    /// <summary>A request remembered later has been applied: the earlier ones were looked at.</summary>
    async Task PendingAreLookedAtAsync()
    {
        var heard = Box.Tap.Count;
        var bill = await Box.Books.BillAsync(vaNumber: "0000000000000042");
        await Box.AskAsync(Some.Request("PAY-MARK", "request-mark"));
        await Box.Books.PayAsync(bill, "PAY-MARK", 1000);
        (await Box.Tap.HearAsync(heard + 2))[heard + 1].ReferenceId.ShouldBe("request-mark");
    }

    void Quick() => Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
}
