namespace Reversals.Tests.Integration;

/// <summary>What a subscriber gets, field by field and header by header.</summary>
public sealed class EventTests(Servers servers) : ServerTest(servers)
{
    static readonly string PageRequest = Some.Json(
        "{'payment_ref':'1234567890','amount':10000,'reference_id':'abcRef13456789'," +
        "'virtual_account':'1234567890','channel':'bank_name','prefix':'857399'}");

    [Fact]
    public async Task The_pages_example_is_answered_field_by_field()
    {
        await SeedThePagesBillAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(PageRequest);

        var heard = (await Box.Tap.HearAsync(1))[0];
        heard.Exchange.ShouldBe("payment-reversed");
        var timestamp = heard.Json.GetProperty("timestamp").GetString()!;
        timestamp.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$");
        Encoding.UTF8.GetString(heard.Body).ShouldBe(
            """
            {"rc":"SUCCESS","message":"success","timestamp":"@timestamp","data":{
            "hash":"x24da1dF","va_number":"8573991234567890","invoice_number":"INV/2022/01","type":"open",
            "transaction_ref_id":"TRX-1","name":"SPP Bulan Januari","customer_name":"José Ñandú",
            "customer_email":"john.doe@example.com","customer_phone":"+621234567890",
            "customer_address":"Surabaya, Indonesia","total_amount":100000,"billed_amount":100000,
            "paid_amount":2500.50,"status":"active","ext_description":"-",
            "description":"Pembayaran SPP Bulan Januari","valid_until":"2022-04-05T13:32:08+07:00",
            "created_at":"2022-04-04T06:32:08+07:00","components":[
            {"id":"95f5c77f-79de-4c12-a151-ef7c68e9b7d2","name":"SPP Januari","qty":1,
            "price":"100000","total":"100000"}],
            "additional_data":[{"key":"class","label":"Kelas / Angkatan","value":"8A"}],
            "payment":{"id":"77","payment_ref_id":"1234567890","channel":"bank_bsi","amount":10000,
            "type":"reversal","created_at":"@timestamp"}},
            "event":"payment.reversal","event_id":"@event_id","client_id":"acme",
            "reference_id":"abcRef13456789","payment_ref":"1234567890","amount":10000,"remaining":2500.50,
            "reason":"PARTIALLY_REVERSED","bill_version":8}
            """
                .ReplaceLineEndings("")
                .Replace("@timestamp", timestamp, StringComparison.Ordinal)
                .Replace("@event_id", heard.EventId.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_travels_with_its_id_its_client_and_as_persistent_json()
    {
        await SeedThePagesBillAsync();
        await Box.StartWorkerAsync();
        var before = TimeProvider.System.GetUtcNow();
        await Box.Upstream.SendAsync(PageRequest);

        var heard = (await Box.Tap.HearAsync(1))[0];
        heard.Properties.MessageId.ShouldBe(heard.EventId.ToString());
        heard.EventId.Version.ShouldBe(8);
        Math.Abs((UuidTime(heard.EventId) - before).TotalMinutes).ShouldBeLessThan(1);
        heard.Properties.ContentType.ShouldBe("application/json");
        heard.Properties.DeliveryMode.ShouldBe(DeliveryModes.Persistent);
        heard.Header("Client-Id").ShouldBe(Some.Client);
        // The client library numbers what it waits for; apart from that no header is there but ours.
        heard.Properties.Headers!.Keys.Where(name => name != "x-dotnet-pub-seq-no").ShouldBe(["Client-Id"]);
        (await Box.Books.TextAsync("SELECT encode(body, 'hex') FROM reversals.event"))
            .ShouldBe(Convert.ToHexStringLower(heard.Body));
    }

    [Fact]
    public async Task A_duplicate_gets_the_same_bytes_under_the_same_id_marked_as_replayed()
    {
        await SeedThePagesBillAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(PageRequest);
        await Box.HearOnceAsync(1);
        var books = await Box.Books.SnapshotAsync();
        await Box.Upstream.SendAsync(Some.Json(
            """
            { 'reference_id':' abcRef13456789 ', 'amount':'10000.00', 'payment_ref':'1234567890',
              'virtual_account':'8573991234567890', 'note':'the same content, written otherwise' }
            """));

        var heard = await Box.HearOnceAsync(2);
        heard[1].Body.ShouldBe(heard[0].Body);
        heard[1].Exchange.ShouldBe(heard[0].Exchange);
        heard[1].Properties.MessageId.ShouldBe(heard[0].Properties.MessageId);
        heard[0].IsReplay.ShouldBeFalse();
        heard[1].Properties.Headers!["Replayed"].ShouldBe(true);
        (await Box.Books.SnapshotAsync()).ShouldBe(books);
        (await Box.Books.CountAsync("reversals.event")).ShouldBe(1);
    }

    [Fact]
    public async Task Events_are_signed_when_there_is_a_key_for_it()
    {
        const string key = "a-key-of-the-events-own";
        Box.Settings["Events:SigningKey"] = key;
        await SeedThePagesBillAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(PageRequest);
        await Box.Upstream.SendAsync("{}");

        var heard = await Box.Tap.HearAsync(2);
        heard.ShouldAllBe(one => one.Header("Signature") == Signature.Compute(one.Body, key));
    }

    [Fact]
    public async Task The_trace_context_of_a_request_is_carried_on_and_a_broken_one_is_not()
    {
        const string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        await SeedThePagesBillAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(PageRequest, change: to => to.Headers!["traceparent"] = trace);
        (await Box.Tap.HearAsync(1))[0].Header("traceparent").ShouldBe(trace);

        await Box.Upstream.SendAsync("{}", change: to => to.Headers!["traceparent"] = "not-a-trace");
        (await Box.Tap.HearAsync(2))[1].Properties.Headers!.ContainsKey("traceparent").ShouldBeFalse();
    }

    [Fact]
    public async Task A_rejection_has_the_same_fields_with_null_for_what_is_not_known()
    {
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync("[]");
        var heard = (await Box.Tap.HearAsync(1))[0];
        heard.Exchange.ShouldBe("reversal-rejected");
        heard.Json.EnumerateObject().Select(field => field.Name).ShouldBe([
            "rc", "message", "timestamp", "data", "event", "event_id", "client_id", "reference_id",
            "payment_ref", "amount", "remaining", "reason", "bill_version", "pending_until",
        ]);
        heard.Json.GetProperty("event").GetString().ShouldBe("payment.reversal.rejected");
        string[] unknown = ["data", "reference_id", "payment_ref", "amount", "remaining", "bill_version"];
        unknown.ShouldAllBe(field => heard.Json.GetProperty(field).ValueKind == JsonValueKind.Null);
        heard.Properties.MessageId.ShouldBe(heard.EventId.ToString());
        heard.Header("Client-Id").ShouldBe(Some.Client);
    }

    static DateTimeOffset UuidTime(Guid id) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString("N")[..12], 16));

    Task SeedThePagesBillAsync() => Box.Books.RunAsync(
        """
        INSERT INTO billing.bill VALUES (
            55, 'acme', 'x24da1dF', '8573991234567890', 'INV/2022/01', 'open', 'SPP Bulan Januari',
            'José Ñandú', 'john.doe@example.com', '+621234567890', 'Surabaya, Indonesia',
            100000, 100000, 12500.50, 'active', 'Pembayaran SPP Bulan Januari', '-',
            '2022-04-05T13:32:08+07:00', '2022-04-04T06:32:08+07:00',
            '[{"id": "95f5c77f-79de-4c12-a151-ef7c68e9b7d2", "name": "SPP Januari", "qty": "1",
               "price": 100000, "total": "100000"}]',
            '[{"key": "class", "label": "Kelas / Angkatan", "value": "8A"}]', 7);
        INSERT INTO billing.payment VALUES (
            77, 55, 'acme', '1234567890', 'TRX-1', '8573991234567890', 'bank_bsi', 12500.50, 0, now());
        """);
}
