namespace Reversals.Tests.Integration;

/// <summary>A reversal that overtakes its payment is applied when the payment appears.</summary>
public sealed class PendingTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_reversal_before_its_payment_is_applied_when_the_payment_appears()
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();

        var first = await Box.AskAsync(Some.Request("PAY-A", "request-1", 400));
        first.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        (first.Json.GetProperty("pending_until").GetDateTimeOffset() - TimeProvider.System.GetUtcNow())
            .ShouldBeInRange(TimeSpan.FromHours(23.9), TimeSpan.FromHours(24));
        await Box.Books.PayAsync(bill, "PAY-A", 1000);

        var last = (await Box.Tap.HearAsync(2))[1];
        last.Exchange.ShouldBe("payment-reversed");
        last.ReferenceId.ShouldBe("request-1");
        last.Json.GetProperty("amount").GetInt64().ShouldBe(400);
        last.EventId.ShouldNotBe(first.EventId);
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(600);
        await NothingIsRememberedAsync();
        (await Box.AskAsync(Some.Request("PAY-A", "request-1", 400))).IsReplay.ShouldBeTrue();
        await Box.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("{'reference_id':'TRX-900'}")]
    [InlineData("{'reference_id':'request-1','virtual_account':'8573991234567890','amount':1000}")]
    [InlineData("{'reference_id':'request-1','virtual_account':'1234567890'}")]
    [InlineData("{'payment_ref':'PAY-A'}")]
    public async Task However_the_payment_is_named_it_is_waited_for(string body)
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Json(body))).Reason.ShouldBe("PAYMENT_NOT_FOUND");

        await Box.Books.PayAsync(bill, "PAY-A", 1000, referenceId: "TRX-900");

        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe("REVERSED");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(0);
        await NothingIsRememberedAsync();
    }

    [Fact]
    public async Task When_the_time_is_up_a_last_rejection_says_so()
    {
        Quick();
        Box.Settings[$"Clients:{Some.Client}:PendingFor"] = "00:00:00.5";
        await Box.StartWorkerAsync();

        var first = await Box.AskAsync(Some.Request("PAY-A", "request-1"));
        first.Json.GetProperty("pending_until").ValueKind.ShouldBe(JsonValueKind.String);

        var last = (await Box.Tap.HearAsync(2))[1];
        last.Exchange.ShouldBe("reversal-rejected");
        last.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        last.Json.GetProperty("pending_until").ValueKind.ShouldBe(JsonValueKind.Null);
        await NothingIsRememberedAsync();

        // A payment that comes after the last word stays.
        var bill = await Box.Books.PaidAsync("PAY-A", 1000);
        (await Box.AskAsync(Some.Request("PAY-X", "request-2"))).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(1000);
    }

    [Fact]
    public async Task A_client_that_does_not_wait_gets_its_last_word_at_once()
    {
        Box.Settings[$"Clients:{Some.Client}:PendingFor"] = "00:00:00";
        await Box.StartWorkerAsync();
        var answer = await Box.AskAsync(Some.Request("PAY-A", "request-1"));
        answer.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        answer.Json.GetProperty("pending_until").ValueKind.ShouldBe(JsonValueKind.Null);
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(0);
    }

    [Fact]
    public async Task The_same_request_sent_again_while_it_waits_is_answered_each_time_and_applied_once()
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync(count: 2);
        var body = Some.Request("PAY-A", "request-1");
        await Box.Upstream.SendAllAsync(Enumerable.Repeat(body, 20));
        (await Box.HearOnceAsync(20)).ShouldAllBe(answer => answer.Reason == "PAYMENT_NOT_FOUND");
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(1);

        await Box.Books.PayAsync(bill, "PAY-A", 1000);

        (await Box.Tap.HearAsync(21))[20].Reason.ShouldBe("REVERSED");
        await NothingIsRememberedAsync();
        await Box.NothingIsLeftAsync();
        (await Box.Tap.SettleAsync()).Count.ShouldBe(21);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
    }

    [Fact]
    public async Task What_shares_a_reference_or_a_payment_is_decided_in_the_order_of_arrival()
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("PAY-A", "request-1", 400));
        await Box.AskAsync(Some.Request("PAY-A", "request-1", 500));
        await Box.AskAsync(Some.Request("PAY-A", "request-2"));
        await Box.AskAsync(Some.Request("PAY-A", "request-3"));

        await Box.Books.PayAsync(bill, "PAY-A", 1000);

        var answers = (await Box.Tap.HearAsync(8)).Skip(4)
            .OrderBy(answer => answer.ReferenceId, StringComparer.Ordinal)
            .ThenBy(answer => answer.Reason, StringComparer.Ordinal)
            .Select(answer => $"{answer.ReferenceId} {answer.Reason}");
        answers.ShouldBe([
            "request-1 IDEMPOTENCY_CONFLICT", "request-1 PARTIALLY_REVERSED", "request-2 REVERSED",
            "request-3 ALREADY_REVERSED",
        ]);
        await NothingIsRememberedAsync();
    }

    /// <summary>Two workers find the same due requests.</summary>
    [Theory]
    [Each(1, 2, 3)]
    public async Task Both_orders_of_delivery_end_in_the_same_state(int seed)
    {
        const int bills = 30;
        Quick();
        var ids = new List<long>();
        for (var place = 0; place < bills; place++)
        {
            ids.Add(await Box.Books.BillAsync(vaNumber: FormattableString.Invariant($"{place + 1:D16}")));
        }

        await Box.StartWorkerAsync(count: 2);
        Func<Task>[] steps =
        [
            .. ids.Select<long, Func<Task>>((id, place) =>
                () => Box.Books.PayAsync(id, $"PAY-{place}", 1000)),
            .. ids.Select<long, Func<Task>>((_, place) =>
                () => Box.Upstream.SendAsync(Some.Request($"PAY-{place}", $"request-{place}", 300))),
            .. ids.Select<long, Func<Task>>((_, place) =>
                () => Box.Upstream.SendAsync(Some.Request($"PAY-{place}", $"other-{place}", 700))),
        ];
        foreach (var step in Shuffled(steps, seed))
        {
            await step();
        }

        await Box.Books.AppliedAsync(2 * bills);
        await Box.Books.OutboxEmptyAsync();
        (await Box.Books.DisagreementsAsync()).ShouldBe(0);
        foreach (var id in ids)
        {
            (await Box.Books.StateAsync(id)).PaidAmount.ShouldBe(0);
        }

        await NothingIsRememberedAsync();
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Requests_survive_the_worker_that_remembered_them()
    {
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request("PAY-A", "request-1"));
        await Box.StopWorkersAsync();
        await Box.Books.PayAsync(bill, "PAY-A", 1000);

        await Box.StartWorkerAsync();

        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task More_than_a_page_of_remembered_requests_is_looked_at_in_turn()
    {
        const int many = 2_500;
        Quick();
        var bill = await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAllAsync(Enumerable.Range(0, many)
            .Select(place => Some.Request($"PAY-{place}", $"request-{place}")));
        await Box.Tap.HearAsync(many);

        await Box.Books.PayAsync(bill, FormattableString.Invariant($"PAY-{many - 1}"), 1000);

        (await Box.Tap.HearAsync(many + 1))[many].Reason.ShouldBe("REVERSED");
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(many - 1);
    }

    /// <summary>Multiplying by a number without a factor of the prime visits each place once.</summary>
    static IEnumerable<Func<Task>> Shuffled(Func<Task>[] steps, int seed)
    {
        const int prime = 97;
        return Enumerable.Range(1, prime - 1).Select(n => (n * (seed + 36) % prime) - 1)
            .Where(place => place < steps.Length).Select(place => steps[place]);
    }

    void Quick() => Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";

    Task NothingIsRememberedAsync() => Until.TrueAsync(
        async () => await Box.Books.CountAsync("reversals.pending") == 0, "nothing is remembered any longer");
}
