namespace Reversals.Tests.Unit;

/// <summary>The events as they stand on the wire, to the byte.</summary>
public sealed class ContractTests
{
    static readonly Guid EventId = new("019ca7b4-1d80-7000-8000-0123456789ab");

    /// <summary>Written in lines for the reader; on the wire there is none.</summary>
    static readonly string ReversedJson = OneLine("""
        {"rc":"SUCCESS","message":"success","timestamp":"2026-03-01T10:00:00+07:00",
        "data":{"hash":"x24da1dF","va_number":"8573991234567890","invoice_number":"INV/1","type":"partial",
        "transaction_ref_id":"own-1","name":"SPP Januari – é","customer_name":"Siti <O'Hara> & Co",
        "customer_email":null,"customer_phone":"+621234567890","customer_address":null,
        "total_amount":100000,"billed_amount":100000.50,"paid_amount":0,"status":"reversal",
        "ext_description":null,"description":"-",
        "valid_until":"2022-04-05T13:32:08+07:00","created_at":"2022-04-05T06:32:08+07:00",
        "components":[{"id":"1","name":"SPP","qty":1,"price":"100000","total":"100000"}],
        "additional_data":[{"key":"kelas","value":"8A"}],
        "payment":{"id":"11","payment_ref_id":"P1","channel":null,"amount":0.50,"type":"reversal",
        "created_at":"2026-03-01T10:00:00+07:00"}},
        "event":"payment.reversal","event_id":"019ca7b4-1d80-7000-8000-0123456789ab","client_id":"acme",
        "reference_id":"request-1","payment_ref":"P1","amount":0.50,"remaining":99999.50,
        "reason":"PARTIALLY_REVERSED","bill_version":8}
        """);

    static readonly PaymentReversed Reversed = new()
    {
        Rc = Rc.Success,
        Message = "success",
        Timestamp = Some.Now.AddMilliseconds(999),
        Data = new Payment
        {
            Hash = "x24da1dF",
            VaNumber = Some.VaNumber,
            InvoiceNumber = "INV/1",
            Type = BillType.Partial,
            TransactionRefId = "own-1",
            Name = "SPP Januari – é",
            CustomerName = "Siti <O'Hara> & Co",
            CustomerPhone = "+621234567890",
            TotalAmount = 100_000.00m,
            BilledAmount = 100_000.5m,
            PaidAmount = 0.00m,
            Status = BillStatus.Reversal,
            Description = "-",
            ValidUntil = new(2022, 4, 5, 13, 32, 8, TimeSpan.FromHours(7)),
            CreatedAt = new(2022, 4, 4, 23, 32, 8, TimeSpan.Zero),
            Components = [new() { Id = "1", Name = "SPP", Qty = 1, Price = "100000", Total = "100000" }],
            AdditionalData = JsonElement.Parse("""[ {"key": "kelas", "value": "8A"} ]"""),
            Detail = new() { Id = "11", PaymentRefId = "P1", Amount = 0.5m, CreatedAt = Some.Now },
        },
        EventId = EventId,
        ClientId = Some.Client,
        ReferenceId = "request-1",
        PaymentRef = "P1",
        Amount = 0.5m,
        Remaining = 99_999.5m,
        Reason = "PARTIALLY_REVERSED",
        BillVersion = 8,
    };

    static readonly ReversalRejected Rejected = new()
    {
        Rc = Rc.PaymentNotFound,
        Message = "no such payment",
        Timestamp = Some.Now,
        EventId = EventId,
        ClientId = Some.Client,
        Reason = "PAYMENT_NOT_FOUND",
    };

    [Fact]
    public void PaymentReversed_has_the_pages_fields_in_the_pages_order_and_then_our_own() =>
        Json(Reversed).ShouldBe(ReversedJson);

    [Fact]
    public void ReversalRejected_has_the_same_fields_and_writes_nulls()
    {
        Json(Rejected).ShouldBe(OneLine("""
            {"rc":"BILLER_PAYMENT_NOT_FOUND","message":"no such payment",
            "timestamp":"2026-03-01T10:00:00+07:00","data":null,"event":"payment.reversal.rejected",
            "event_id":"019ca7b4-1d80-7000-8000-0123456789ab","client_id":"acme","reference_id":null,
            "payment_ref":null,"amount":null,"remaining":null,"reason":"PAYMENT_NOT_FOUND",
            "bill_version":null,"pending_until":null}
            """));
        Json(Rejected with { PendingUntil = Some.Now }).ShouldEndWith(
            "\"pending_until\":\"2026-03-01T10:00:00+07:00\"}");
    }

    [Fact]
    public void What_was_written_is_read_and_written_again_byte_by_byte()
    {
        var reversed = JsonSerializer.Deserialize(ReversedJson, WireJson.Instance.PaymentReversed)!;
        Json(reversed).ShouldBe(ReversedJson);
        reversed.Data!.Status.ShouldBe(BillStatus.Reversal);
        reversed.Data.Detail!.Amount.ShouldBe(0.5m);
        reversed.EventId.ShouldBe(EventId);

        var rejected = JsonSerializer.Deserialize(Json(Rejected), WireJson.Instance.ReversalRejected)!;
        rejected.ShouldBe(Rejected);
    }

    [Fact]
    public void A_field_a_later_version_adds_does_no_harm_to_a_reader_of_this_one()
    {
        var later = ReversedJson.Replace("{\"rc\"", "{\"later\":{},\"rc\"", StringComparison.Ordinal);
        Json(JsonSerializer.Deserialize(later, WireJson.Instance.PaymentReversed)!).ShouldBe(ReversedJson);
    }

    [Theory]
    [InlineData("100000", "100000")]
    [InlineData("100000.00", "100000")]
    [InlineData("0", "0")]
    [InlineData("0.00", "0")]
    [InlineData("0.5", "0.50")]
    [InlineData("0.01", "0.01")]
    [InlineData("10000.10", "10000.10")]
    [InlineData("999999999999999.99", "999999999999999.99")]
    [InlineData("9999999999999999", "9999999999999999")]
    public void An_amount_has_no_fraction_when_whole_and_two_digits_otherwise(string amount, string written)
    {
        var value = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
        Json(Rejected with { Amount = value }).ShouldContain($"\"amount\":{written},");
    }

    [Theory]
    [InlineData("2026-03-01T03:00:00Z", "2026-03-01T10:00:00+07:00")]
    [InlineData("2026-03-01T03:00:00.999Z", "2026-03-01T10:00:00+07:00")]
    [InlineData("2026-02-28T23:59:59-05:00", "2026-03-01T11:59:59+07:00")]
    [InlineData("2025-12-31T17:00:00Z", "2026-01-01T00:00:00+07:00")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T07:00:00+07:00")]
    [InlineData("9999-12-31T16:59:58Z", "9999-12-31T23:59:58+07:00")]
    [InlineData("9999-12-31T17:00:00Z", "9999-12-31T23:59:59+07:00")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59+07:00")]
    public void A_time_is_in_Western_Indonesia_without_a_fraction(string time, string written)
    {
        var value = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        Json(Rejected with { Timestamp = value }).ShouldContain($"\"timestamp\":\"{written}\"");
    }

    [Theory]
    [InlineData(BillType.Open, BillStatus.Paid, "open", "paid")]
    [InlineData(BillType.Close, BillStatus.Active, "close", "active")]
    [InlineData(BillType.Partial, BillStatus.Void, "partial", "void")]
    [InlineData(BillType.Open, BillStatus.Reversal, "open", "reversal")]
    [InlineData(BillType.Open, BillStatus.Expired, "open", "expired")]
    public void The_words_of_a_bill_are_the_pages(
        BillType type, BillStatus status, string typeWord, string statusWord)
    {
        var json = Json(Reversed with { Data = Reversed.Data! with { Type = type, Status = status } });
        json.ShouldContain($"\"type\":\"{typeWord}\"");
        json.ShouldContain($"\"status\":\"{statusWord}\"");
    }

    /// <summary>A subscriber that is not as new as the worker must not stumble over a word.</summary>
    [Theory]
    [Each("\"later\"", "null", "7", "{\"a\":[1]}")]
    public void A_word_of_a_later_version_is_read_as_unknown(string word)
    {
        var later = ReversedJson
            .Replace("\"type\":\"partial\"", $"\"type\":{word}", StringComparison.Ordinal)
            .Replace("\"status\":\"reversal\"", $"\"status\":{word}", StringComparison.Ordinal);
        var read = JsonSerializer.Deserialize(later, WireJson.Instance.PaymentReversed)!.Data!;
        (read.Type, read.Status).ShouldBe((BillType.Unknown, BillStatus.Unknown));
        read.Hash.ShouldBe("x24da1dF");
    }

    /// <summary>Thousands and decimals are written otherwise elsewhere.</summary>
    [Theory]
    [Each("1,00", "5-", " 5", "(5)")]
    public void An_amount_that_is_no_plain_number_is_not_read_as_another(string amount)
    {
        var odd = ReversedJson.Replace(
            "\"remaining\":99999.50", $"\"remaining\":\"{amount}\"", StringComparison.Ordinal);
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize(odd, WireJson.Instance.PaymentReversed));
    }

    /// <summary>A neighbour's own settings, and those that MassTransit reads raw JSON with.</summary>
    public static TheoryData<string> Readers => ["default", "web", "MassTransit"];

    [Theory]
    [MemberData(nameof(Readers))]
    public void Whatever_options_a_subscriber_reads_with_the_event_is_the_same(string reader)
    {
        var options = OptionsOf(reader);
        Json(JsonSerializer.Deserialize<PaymentReversed>(ReversedJson, options)!).ShouldBe(ReversedJson);
        Json(JsonSerializer.Deserialize<ReversalRejected>(Json(Rejected), options)!).ShouldBe(Json(Rejected));
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void With_any_options_a_word_of_a_later_version_is_unknown(string reader)
    {
        var later = ReversedJson
            .Replace("\"type\":\"partial\"", "\"type\":\"later\"", StringComparison.Ordinal)
            .Replace("\"status\":\"reversal\"", "\"status\":\"later\"", StringComparison.Ordinal);
        var read = JsonSerializer.Deserialize<PaymentReversed>(later, OptionsOf(reader))!.Data!;
        (read.Type, read.Status).ShouldBe((BillType.Unknown, BillStatus.Unknown));
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_rejection_is_never_read_as_a_reversal_nor_a_reversal_as_a_rejection(string reader)
    {
        var options = OptionsOf(reader);

        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<PaymentReversed>(Json(Rejected), options))
            .Message.ShouldContain("payment.reversal.rejected");
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ReversalRejected>(ReversedJson, options))
            .Message.ShouldContain("ReversalEvent.Read");
        Should.Throw<JsonException>(
            () => JsonSerializer.Deserialize(Json(Rejected), WireJson.Instance.PaymentReversed));
    }

    [Fact]
    public void One_reader_picks_the_type_by_the_field_event()
    {
        ReversalEvent.Read(Encoding.UTF8.GetBytes(ReversedJson)).ShouldBeOfType<PaymentReversed>()
            .EventId.ShouldBe(EventId);
        ReversalEvent.Read(Encoding.UTF8.GetBytes(Json(Rejected))).ShouldBe(Rejected);
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("{}", "\"event\" is missing")]
    [InlineData("[]", "\"event\" is missing")]
    [InlineData("""{"event":7}""", "\"event\" is missing")]
    [InlineData("""{"data":{"event":"payment.reversal"}}""", "\"event\" is missing")]
    [InlineData("""{"event":"payment.later"}""", "payment.later")]
    [InlineData("""{"event":"payment.reversal"}""", "missing required")]
    public void What_is_no_event_is_refused_with_the_reason(string body, string reason) =>
        Should.Throw<JsonException>(() => ReversalEvent.Read(Encoding.UTF8.GetBytes(body)))
            .Message.ShouldContain(reason);

    [Fact]
    public void An_event_is_checked_and_read_in_one_call_with_either_key_of_a_rotation()
    {
        var body = Encoding.UTF8.GetBytes(Json(Rejected));
        var signature = Signature.Compute(body, "the-new-key");

        ReversalEvent.ReadSigned(body, signature, "the-old-key", "the-new-key").ShouldBe(Rejected);
        foreach (var (header, keys) in ((string?, string[])[])
            [(signature, ["the-old-key"]), (signature, []), (null, ["the-new-key"]), ("", ["the-new-key"])])
        {
            Should.Throw<InvalidDataException>(() => ReversalEvent.ReadSigned(body, header, keys))
                .Message.ShouldContain("Signature");
        }
    }

    static JsonSerializerOptions OptionsOf(string reader) => reader switch
    {
        "web" => JsonSerializerOptions.Web,
        "MassTransit" => global::MassTransit.Serialization.SystemTextJsonMessageSerializer.Options,
        _ => JsonSerializerOptions.Default,
    };

    static string Json(PaymentReversed answer) =>
        JsonSerializer.Serialize(answer, WireJson.Instance.PaymentReversed);

    static string Json(ReversalRejected answer) =>
        JsonSerializer.Serialize(answer, WireJson.Instance.ReversalRejected);

    static string OneLine(string json) => json.ReplaceLineEndings("");
}
