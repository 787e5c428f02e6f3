namespace Reversals.Tests.Integration;

/// <summary>A caller of <c>POST /reversal</c> is told what was decided about its own request.</summary>
public sealed class GatewayAnswerTests(Servers servers) : ServerTest(servers)
{
    HostedGateway Gateway { get; set; } = null!;

    [Fact]
    public async Task The_specifications_example_is_carried_out_and_repeated_byte_for_byte()
    {
        await StartAsync();
        Caller.Sign(Caller.Base).ShouldBe("28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867");
        var told = (await Gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");

        told.Json.GetProperty("message").GetString().ShouldBe("success");
        told.Data.GetProperty("status").GetString().ShouldBe("active");
        told.Data.GetProperty("paid_amount").GetInt32().ShouldBe(0);
        told.Data.EnumerateObject().Select(field => field.Name).ShouldBe(
            [
                "hash", "va_number", "invoice_number", "type", "transaction_ref_id", "name", "customer_name",
                "customer_email", "customer_phone", "customer_address", "total_amount", "billed_amount",
                "paid_amount", "status", "ext_description", "description", "valid_until", "created_at",
                "components", "additional_data", "payment",
            ]);
        told.IsReplay.ShouldBeFalse();
        var again = (await Gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        again.Body.ShouldBe(told.Body);
        again.IsReplay.ShouldBeTrue();
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
        Encoding.UTF8.GetString((await Box.Tap.HearAsync(2))[0].Body).ShouldStartWith(told.Text[..^1]);
    }

    [Fact]
    public async Task Twenty_at_once_are_all_told_the_same_and_one_is_carried_out()
    {
        await StartAsync();
        var told = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Gateway.PostAsync(Caller.Base)));
        told.ShouldAllBe(one => one.Rc == "SUCCESS" && one.Body.SequenceEqual(told[0].Body));
        told.Count(one => one.IsReplay).ShouldBe(19);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_with_one_reference_and_different_amounts_each_is_told_its_own(bool atOnce)
    {
        await StartAsync();
        var other = Caller.Base.Replace("10000", "5000", StringComparison.Ordinal);
        var first = Gateway.PostAsync(Caller.Base);
        if (!atOnce)
        {
            await first;
        }

        var second = Gateway.PostAsync(other);
        string?[] told = [(await first).Rc, (await second).Rc];
        told.ShouldBe(["SUCCESS", "BILLER_INVALID_TRANSACTION"], ignoreOrder: atOnce);
        var taken = told[0] == "SUCCESS" ? 10_000 : 5_000;
        (await Box.Books.NumberAsync("SELECT sum(amount)::bigint FROM reversals.reversal")).ShouldBe(taken);
    }

    [Fact]
    public async Task An_unknown_payment_is_not_found_and_not_reversed_behind_the_callers_back()
    {
        Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
        await StartAsync();
        var bill = await Box.Books.BillAsync();
        (await Gateway.PostAsync(Some.Request("LATER", "request-later")))
            .ShouldBe(200, "BILLER_PAYMENT_NOT_FOUND").WithoutData();
        (await Box.Books.CountAsync("reversals.pending")).ShouldBe(0);
        await Box.Books.PayAsync(bill, "LATER", 500);
        (await Gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(500);
    }

    [Fact]
    public async Task What_was_reversed_under_another_reference_comes_with_the_bill_as_it_is()
    {
        await StartAsync();
        await Gateway.PostAsync(Caller.Base);
        var told = (await Gateway.PostAsync(Some.Request("1234567890", "another-reference")))
            .ShouldBe(200, "BILLER_PAYMENT_ALREADY_REVERSED");
        told.Data.GetProperty("paid_amount").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("'amount':'1.000,00'", "BILLER_INVALID_TRANSACTION_AMOUNT")]
    [InlineData("'amount':0", "BILLER_INVALID_TRANSACTION_AMOUNT")]
    [InlineData("'amount':10001", "BILLER_INVALID_TRANSACTION_AMOUNT")]
    [InlineData("'virtual_account':'123456789'", "BILLER_INVALID_VA_NUMBER")]
    [InlineData("'reference_id':'abc'", "BILLER_INVALID_TRANSACTION")]
    public async Task A_wrong_field_is_told_by_its_rc(string field, string rc)
    {
        await StartAsync();
        var reference = field.Contains("reference_id", StringComparison.Ordinal) ? "" : "'reference_id':'request-1',";
        (await Gateway.PostAsync(Some.Json($"{{'payment_ref':'1234567890',{reference}{field}}}"))).ShouldBe(200, rc);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(0);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"amount\":1,\"amount\":2}")]
    public async Task A_signed_body_that_cannot_be_read_is_told_so_within_a_second(string body)
    {
        await StartAsync();
        await Gateway.PostAsync(Caller.Base);
        var began = Stopwatch.GetTimestamp();
        (await Gateway.PostAsync(body)).ShouldBe(200, "BILLER_INVALID_TRANSACTION").WithoutData();
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(1);
    }

    [Theory]
    [InlineData("INV/01", "4234c5f57612028bd0589e06d117156d29c025cd9ebc8ddf862abdf0f2d246d8")]
    [InlineData("INV\\/01", "60a7a12650a2827e33b73de8afce94b1a9887be244d424236a4096a5f97427a3")]
    public async Task Every_writer_of_json_signs_its_own_bytes(string reference, string signature)
    {
        await StartAsync("INV/01");
        var body = Caller.Base.Replace(
            "\"payment_ref\":\"1234567890\"", $"\"payment_ref\":\"{reference}\"", StringComparison.Ordinal);
        Caller.Sign(body).ShouldBe(signature);
        (await Gateway.PostAsync(body)).ShouldBe(200, "SUCCESS");
    }

    [Fact]
    public async Task A_body_with_line_breaks_is_decided_like_the_same_without()
    {
        await StartAsync();
        // As the specification prints it.
        const string broken = """
            {
            "payment_ref": "1234567890",
            "amount": 10000,
            "reference_id": "abcRef13456789",
            "virtual_account": "1234567890",
            "channel": "bank_name",
            "prefix": "857399"
            }
            """;
        broken.Length.ShouldBe(159);
        Caller.Sign(broken).ShouldBe("101393bcdeee975199a94b9c0b1747498b126cb7f341833c110dbd7d3bccbd31");
        var told = (await Gateway.PostAsync(broken)).ShouldBe(200, "SUCCESS");
        (await Gateway.PostAsync(Caller.Base)).Body.ShouldBe(told.Body);
    }

    [Fact]
    public async Task What_is_not_signed_leaves_no_row_in_the_quarantine()
    {
        await StartAsync();
        foreach (var signature in (string?[])[null, "", new string('0', 64)])
        {
            (await Gateway.PostAsync(Caller.Base, to => to.Set("Signature", signature is null ? null : [signature])))
                .ShouldBe(401, "BILLER_AUTHENTICATION").WithoutData();
        }

        // Whatever was published before is decided before.
        (await Gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS").IsReplay.ShouldBeFalse();
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await Box.Books.CountAsync("reversals.quarantine_dropped")).ShouldBe(0);
    }

    [Fact]
    public async Task A_request_that_fails_alone_is_told_that_the_biller_failed()
    {
        await StartAsync();
        await Box.Books.PoisonAsync(await Box.Books.NumberAsync("SELECT min(id) FROM billing.bill"));
        (await Gateway.PostAsync(Caller.Base)).ShouldBe(200, "BILLER_GATEWAY_INVALID_RESPONSE").WithoutData();
    }

    [Fact]
    public async Task An_event_still_waits_in_the_outbox_when_only_a_gateway_hears_of_it()
    {
        await Box.Tap.UnbindAsync();
        await StartAsync();
        var told = (await Gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        (await Gateway.PostAsync(Some.Request("1234567890", "another-one")))
            .ShouldBe(200, "BILLER_PAYMENT_ALREADY_REVERSED");
        await Until.LoggedInOneLineAsync("Nobody is bound to exchange", "payment-reversed");
        (await Box.Books.CountAsync("reversals.outbox")).ShouldBe(2);
        await Box.Tap.BindAsync();
        var start = told.Text[..^1];
        (await Box.Tap.HearAsync(2)).ShouldContain(one =>
            Encoding.UTF8.GetString(one.Body).StartsWith(start, StringComparison.Ordinal));
        await Box.Books.OutboxEmptyAsync();
    }

    async Task StartAsync(string paymentRef = "1234567890")
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), paymentRef, 10_000);
        await Box.StartWorkerAsync();
        Gateway = await HostedGateway.StartAsync(Box);
    }
}
