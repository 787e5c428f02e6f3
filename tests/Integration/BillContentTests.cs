namespace Reversals.Tests.Integration;

/// <summary>What a biller stores beside the money: a reversal neither stumbles over it nor changes it.</summary>
public sealed class BillContentTests(Servers servers) : ServerTest(servers)
{
    const string End = "9999-12-31T23:59:59+07:00";

    /// <summary>The earliest moment that readers in .NET can hold.</summary>
    const string Beginning = "0001-01-01T07:00:00+07:00";

    [Theory]
    [InlineData("""[{"id":"1","name":"SPP","qty":"1,5","price":"100000","total":"150000"}]""")]
    [InlineData("""[{"id":"1","name":"SPP","qty":"1.000","price":100000,"total":"100.000.000"}]""")]
    [InlineData("""[{"id":"1","name":"SPP","qty":"5-","price":"100000","total":"500000"}]""")]
    [InlineData("""[{"id":true,"name":"SPP","qty":1,"price":{"amount":5,"currency":"IDR"},"total":[1,2]}]""")]
    [InlineData("""[{"id":"1","name":"SPP","qty":null,"price":"1","total":"1"},{"qty":"two of them"}]""")]
    [InlineData("""[null,"a line of text",5,true,[],{},[{"id":"1"}]]""")]
    public async Task A_line_of_another_shape_leaves_as_the_biller_stored_it(string components)
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000, components: components);
        await Box.StartWorkerAsync();

        var heard = await Box.AskAsync(Some.Request("P1", "request-1"));

        heard.Reason.ShouldBe("REVERSED");
        Sorted(heard.Json.GetProperty("data").GetProperty("components"))
            .ShouldBe(Sorted(JsonElement.Parse(components)));
        var read = JsonSerializer.Deserialize(heard.Body, WireJson.Instance.PaymentReversed)!;
        JsonSerializer.SerializeToUtf8Bytes(read, WireJson.Instance.PaymentReversed).ShouldBe(heard.Body);
    }

    [Theory]
    [InlineData("components = 'null'", "[null]")]
    [InlineData("components = '{\"id\": \"1\"}'", "[{\"id\":\"1\"}]")]
    [InlineData("components = '\"two lines of text\"'", "[\"two lines of text\"]")]
    [InlineData("components = NULL", "[]")]
    [InlineData("additional_data = 'null', components = '[]'", "[]")]
    public async Task Lines_that_are_no_list_stop_no_reversal(string stored, string components)
    {
        await Box.Books.RunAsync(
            """
            ALTER TABLE billing.bill DROP CONSTRAINT bill_components_check;
            ALTER TABLE billing.bill ALTER components DROP NOT NULL
            """);
        await PaidBillAsync(stored);
        await Box.StartWorkerAsync();

        var heard = await Box.AskAsync(Some.Request("P1", "request-1"));

        heard.Reason.ShouldBe("REVERSED");
        heard.Json.GetProperty("data").GetProperty("components").GetRawText().ShouldBe(components);
    }

    [Fact]
    public async Task Data_nested_as_deep_as_PostgreSQL_takes_it_leaves_as_it_is()
    {
        var deep = new string('[', 3000) + new string(']', 3000);
        await PaidBillAsync($"components = '{deep}', additional_data = '{deep}'");
        await Box.StartWorkerAsync();

        var heard = await Box.AskAsync(Some.Request("P1", "request-1"));

        var read = JsonSerializer.Deserialize(heard.Body, WireJson.Instance.PaymentReversed)!;
        read.Data!.AdditionalData!.Value.GetRawText().ShouldBe(deep);
        JsonSerializer.SerializeToUtf8Bytes(read, WireJson.Instance.PaymentReversed).ShouldBe(heard.Body);
    }

    [Theory]
    [InlineData("infinity", End)]
    [InlineData("9999-12-31 23:59:59+00", End)]
    [InlineData("9999-12-31 23:59:59.999999+07", End)]
    [InlineData("10000-01-01 00:00:00+00", End)]
    [InlineData("294276-12-31 23:59:59+00", End)]
    [InlineData("9999-12-31 23:59:58+07", "9999-12-31T23:59:58+07:00")]
    [InlineData("-infinity", Beginning)]
    [InlineData("4713-01-01 00:00:00+00 BC", Beginning)]
    [InlineData("0001-01-01 00:00:00+00", Beginning)]
    public async Task A_time_that_no_reader_can_hold_is_written_as_the_last_or_the_first_that_all_can(
        string stored, string written)
    {
        var ends = stored[0] is not '-' && !stored.EndsWith("BC", StringComparison.Ordinal)
            && !stored.StartsWith("0001", StringComparison.Ordinal);
        await PaidBillAsync(
            $"type = 'close', status = 'paid', valid_until = '{stored}', created_at = '{stored}'");
        await Box.Books.RunAsync(
            "UPDATE billing.payment SET amount = 100000, paid_at = @stored::timestamptz; "
            + "UPDATE billing.bill SET paid_amount = 100000",
            new { stored });
        await Box.StartWorkerAsync();

        var heard = await Box.AskAsync(Some.Request("P1", "request-1"));

        heard.Reason.ShouldBe("REVERSED");
        var data = heard.Json.GetProperty("data");
        data.GetProperty("valid_until").GetString().ShouldBe(written);
        data.GetProperty("created_at").GetString().ShouldBe(written);
        data.GetProperty("status").GetString().ShouldBe(ends ? "active" : "expired");
        JsonSerializer.Deserialize(heard.Body, WireJson.Instance.PaymentReversed)!
            .Data!.ValidUntil.ToString("yyyy-MM-ddTHH:mm:sszzz", null).ShouldNotBeEmpty();
    }

    [Theory]
    [Each("infinity", "-infinity", "294276-12-31", "4713-01-01 BC")]
    public async Task Operators_see_payments_of_any_time(string paidAt)
    {
        await PaidBillAsync("version = 0");
        await Box.Books.RunAsync("UPDATE billing.payment SET paid_at = @paidAt::timestamptz", new { paidAt });
        var shown = await RunAsync("show P1 --json");
        shown.ShouldEndWith(0);
    }

    /// <summary>What is not looked at: the older bill only shares the bank's reference.</summary>
    [Theory]
    [Each(
        "components = '[5, \"x\", null, {\"qty\": \"1,5\"}]'", "type = 'tunai'", "status = 'frozen'",
        "valid_until = '-infinity', created_at = '294276-12-31'")]
    public async Task A_good_payment_is_reversed_though_an_odd_bill_shares_its_reference(string odd)
    {
        await DropChecksAsync();
        await PaidBillAsync(odd);
        await Box.Books.RunAsync("UPDATE billing.payment SET reversed_amount = amount; "
            + "UPDATE billing.bill SET paid_amount = 0");
        var good = await Box.Books.PaidAsync("P1", 20_000, vaNumber: "8573990000000002");
        await Box.StartWorkerAsync();

        var heard = await Box.AskAsync(Some.Request("P1", "request-1"));

        heard.Reason.ShouldBe("REVERSED");
        (await Box.Books.StateAsync(good)).PaidAmount.ShouldBe(0);
    }

    [Fact]
    public async Task A_good_payment_is_reversed_though_one_on_a_short_account_shares_its_reference()
    {
        await Box.Books.RunAsync("ALTER TABLE billing.payment DROP CONSTRAINT payment_va_number_check");
        await PaidBillAsync("version = 0");
        await Box.Books.RunAsync("UPDATE billing.payment SET va_number = '12345', reversed_amount = amount; "
            + "UPDATE billing.bill SET paid_amount = 0");
        var good = await Box.Books.PaidAsync("P1", 20_000, vaNumber: "8573990000000002");
        await Box.StartWorkerAsync();

        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
        (await Box.Books.StateAsync(good)).PaidAmount.ShouldBe(0);
    }

    [Theory]
    [InlineData("type = 'tunai'", "type")]
    [InlineData("status = 'frozen'", "status")]
    public async Task A_refusal_that_does_not_need_an_unknown_word_is_answered(string odd, string field)
    {
        await DropChecksAsync();
        await PaidBillAsync(odd);
        await Box.StartWorkerAsync();
        var heard = await Box.AskAsync(Some.Request("P1", "request-1", 10_001));
        heard.Reason.ShouldBe("EXCEEDS_REMAINING");
        heard.Json.GetProperty("data").GetProperty(field).GetString().ShouldBe("unknown");
    }

    [Theory]
    [Each("type = 'tunai'", "status = 'frozen'")]
    public async Task A_bill_whose_rules_are_not_known_is_not_changed(string odd)
    {
        await DropChecksAsync();
        await PaidBillAsync(odd);
        var before = await Box.Books.SnapshotAsync();
        await Box.StartWorkerAsync();

        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));

        await Box.Books.QuarantinedAsync(1);
        (await Box.Books.QuarantineAsync())[0].Cause.ShouldBe("INTERNAL_ERROR");
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
    }

    Task DropChecksAsync() => Box.Books.RunAsync(
        """
        ALTER TABLE billing.bill DROP CONSTRAINT bill_type_check;
        ALTER TABLE billing.bill DROP CONSTRAINT bill_status_check
        """);

    /// <summary>A bill with one payment P1 of 10 000, and these columns as given.</summary>
    async Task PaidBillAsync(string columns)
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        await Box.Books.RunAsync($"UPDATE billing.bill SET {columns} WHERE id = {bill}");
    }

    /// <summary>jsonb keeps no order of fields.</summary>
    static string Sorted(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject()
            .OrderBy(field => field.Name, StringComparer.Ordinal)
            .Select(field => $"\"{field.Name}\":{Sorted(field.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Sorted)) + "]",
        _ => value.GetRawText(),
    };
}
