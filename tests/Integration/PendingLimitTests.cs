namespace Reversals.Tests.Integration;

/// <summary>How long a request waits for its payment, how many may wait, and what that costs the others.</summary>
public sealed class PendingLimitTests(Servers servers) : ServerTest(servers)
{
    public static TheoryData<string, object> Waits { get; } = new()
    {
        { "Pending-For", 60 }, { "Pending-For", 60L }, { "Pending-For", "60" },
        { "Pending-For", Some.Utf8("60") }, { "pending-for", 60 },
    };

    [Theory]
    [MemberData(nameof(Waits))]
    public async Task A_request_says_how_long_it_waits_whatever_type_its_header_has(string name, object value)
    {
        await Box.StartWorkerAsync();
        var answer = await AskAsync(Some.Request("P1", "request-1"), name, value);
        answer.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        var until = answer.Json.GetProperty("pending_until").GetDateTimeOffset();
        (until - TimeProvider.System.GetUtcNow())
            .ShouldBeInRange(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task With_0_it_waits_not_at_all_and_is_not_applied_behind_its_senders_back()
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        ShouldBeTheLastWord(await AskAsync(Some.Request("P1", "request-1"), "Pending-For", 0));
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(0);
        await Box.Books.PayAsync(bill, "P1", 1000);
        (await Box.AskAsync(Some.Request("P9", "request-9"))).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(1000);
    }

    [Fact]
    public async Task Asked_again_with_0_what_waited_waits_no_more()
    {
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("P1", "request-1"));
        await Box.AskAsync(Some.Request("P1", "request-1", 7));
        ShouldBeTheLastWord(await AskAsync(Some.Request("P1", "request-1"), "Pending-For", "0"));
        (await Box.Books.NumberAsync("SELECT sum(amount)::bigint FROM reversals.pending")).ShouldBe(7);
    }

    [Fact]
    public async Task Longer_than_the_client_may_wait_nobody_waits()
    {
        Box.Settings[$"Clients:{Some.Client}:PendingFor"] = "00:01:00";
        await Box.StartWorkerAsync();
        var answer = await AskAsync(Some.Request("P1", "request-1"), "Pending-For", "86400");
        (answer.Json.GetProperty("pending_until").GetDateTimeOffset() - TimeProvider.System.GetUtcNow())
            .ShouldBeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [Each("-1", "soon", 1.5, true)]
    public async Task What_is_no_number_of_seconds_is_refused_and_named(object value)
    {
        await Box.StartWorkerAsync();
        var answer = await AskAsync(Some.Request("P1", "request-1"), "Pending-For", value);
        answer.Reason.ShouldBe("INVALID_FIELD");
        answer.Json.GetProperty("message").GetString()!.ShouldContain("Pending-For");
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(0);
    }

    /// <summary>One look before the first of them, and then none: what it counts by itself is exact.</summary>
    [Fact]
    public async Task Beyond_so_many_nobody_more_waits_and_other_clients_are_not_touched()
    {
        Box.Settings["Inbound:PendingPollInterval"] = "00:01:00";
        Box.Settings[$"Clients:{Some.Client}:MaxPending"] = "3";
        await Box.StartWorkerAsync();
        for (var n = 1; n <= 3; n++)
        {
            (await UntilAsync($"P{n}", $"request-{n}")).ShouldBe(JsonValueKind.String);
        }

        (await UntilAsync("P4", "request-4")).ShouldBe(JsonValueKind.Null);
        (await UntilAsync("P4", "request-4", Some.OtherClient)).ShouldBe(JsonValueKind.String);

        // Who waits already goes on waiting when it asks again.
        (await UntilAsync("P1", "request-1")).ShouldBe(JsonValueKind.String);
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(4);
    }

    [Fact]
    public async Task Room_comes_back_when_a_payment_appears()
    {
        Quick();
        Box.Settings[$"Clients:{Some.Client}:MaxPending"] = "3";
        await Box.Books.WaitingAsync(3);
        await Box.StartWorkerAsync();
        await Until.LoggedAsync("has 3 requests that wait for their payments");
        (await UntilAsync("P5", "request-5")).ShouldBe(JsonValueKind.Null);

        await Box.Books.PaidAsync("WAIT-2", 1000);
        await Box.Tap.HearAsync(2);
        await Until.TrueAsync(
            async () => await UntilAsync("P5", "request-5") == JsonValueKind.String, "there is room again");
    }

    [Fact]
    public async Task Those_who_wait_from_before_the_worker_started_count_too()
    {
        await Box.Books.WaitingAsync(5);
        Box.Settings[$"Clients:{Some.Client}:MaxPending"] = "5";
        await Box.StartWorkerAsync();
        await Until.LoggedAsync("has 5 requests that wait for their payments");
        (await UntilAsync("P5", "request-5")).ShouldBe(JsonValueKind.Null);
    }

    /// <summary>With a hundred thousand who wait, a payment is applied as soon as with none: the look at what
    /// is new does not look at them. Looking at all of them takes seconds on a busy machine.</summary>
    [Theory]
    [Each(1_000, 100_000)]
    public async Task However_many_wait_a_payment_that_appears_is_applied_at_once(int waiting)
    {
        Box.Settings[$"Clients:{Some.Client}:MaxPending"] = "1000000";
        await Box.Books.WaitingAsync(waiting);
        await Box.StartWorkerAsync();
        List<TimeSpan> took = [];
        for (var n = 0; n < 5; n++)
        {
            var bill = await Box.Books.BillAsync(vaNumber: FormattableString.Invariant($"{n + 1:D16}"));
            var began = Stopwatch.GetTimestamp();
            await Box.Books.PayAsync(bill, FormattableString.Invariant($"WAIT-{waiting - (5 * n)}"), 1000);
            (await Box.Tap.HearAsync(n + 1))[n].Reason.ShouldBe("REVERSED");
            took.Add(Stopwatch.GetElapsedTime(began));
        }

        // The poll interval is a second; one of five may meet a look at all.
        took.Order().ElementAt(3).ShouldBeLessThan(TimeSpan.FromSeconds(3), string.Join(", ", took));
    }

    /// <summary>A biller with numbers of its own, and one that adds the reference afterwards.</summary>
    [Theory]
    [InlineData("INSERT INTO billing.payment (id, bill_id, client_id, payment_ref, va_number, amount) " +
        "VALUES (-5, @bill, 'acme', 'WAIT-7', '8573991234567890', 1000)")]
    [InlineData("UPDATE billing.payment SET payment_ref = 'WAIT-7' WHERE payment_ref = 'OTHER'")]
    public async Task What_the_look_at_new_payments_cannot_see_the_look_at_all_finds(string change)
    {
        await Box.Books.WaitingAsync(20_000);
        var bill = await Box.Books.PaidAsync("OTHER", 1000);
        await Box.Books.RunAsync("UPDATE billing.bill SET paid_amount = 2000");
        Box.Settings[$"Clients:{Some.Client}:MaxPending"] = "1000000";
        await Box.StartWorkerAsync();
        await Box.Books.RunAsync(change, new { bill });
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    /// <summary>A payment that was numbered first and committed last.</summary>
    [Fact]
    public async Task A_payment_that_is_committed_after_newer_ones_is_seen()
    {
        await Box.Books.WaitingAsync(1);
        await Box.StartWorkerAsync();
        var bill = await Box.Books.BillAsync();
        await using var late = await Box.Books.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync(Stop);
        await using var insert = late.CreateCommand();
        insert.CommandText = FormattableString.Invariant(
            $"""
            INSERT INTO billing.payment (bill_id, client_id, payment_ref, va_number, amount)
            VALUES ({bill}, 'acme', 'WAIT-1', '8573991234567890', 1000);
            UPDATE billing.bill SET paid_amount = 1000 WHERE id = {bill}
            """);
        await insert.ExecuteNonQueryAsync(Stop);
        await Box.Books.PaidAsync("NEWER", 1000);
        (await Box.AskAsync(Some.Request("NEWER", "request-n"))).Reason.ShouldBe("REVERSED");
        await transaction.CommitAsync(Stop);
        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe("REVERSED");
    }

    static void ShouldBeTheLastWord(Heard answer)
    {
        answer.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        answer.Json.GetProperty("pending_until").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    async Task<JsonValueKind> UntilAsync(string paymentRef, string referenceId, string client = Some.Client) =>
        (await Box.AskAsync(Some.Request(paymentRef, referenceId), client)).Json.GetProperty("pending_until")
            .ValueKind;

    Task<Heard> AskAsync(string body, string header, object value) =>
        Box.AskAsync(body, change: to => to.Headers![header] = value);

    void Quick() => Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
}
