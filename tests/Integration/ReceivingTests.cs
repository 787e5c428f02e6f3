namespace Reversals.Tests.Integration;

/// <summary>Whatever a sender writes into a body: it gets an answer, and nothing else happens.</summary>
public sealed class ReceivingTests(Servers servers) : ServerTest(servers)
{
    const string Valid = "{'payment_ref':'P1','reference_id':'request-1'}";

    /// <summary>What is no strict JSON object, in hex where text cannot say it.</summary>
    public static TheoryData<string, byte[]> Bodies { get; } = new()
    {
        { "empty", [] },
        { "white space", Some.Utf8(" \n") },
        { "byte order mark", [0xEF, 0xBB, 0xBF, .. Some.Utf8(Some.Json(Valid))] },
        { "array", Some.Utf8("[]") },
        { "null", Some.Utf8("null") },
        { "two documents", Some.Utf8(Some.Json(Valid + Valid)) },
        { "something behind it", Some.Utf8(Some.Json(Valid + " x")) },
        { "duplicate names", Some.Utf8(Some.Json("{'payment_ref':'P1','payment_ref':'P1'}")) },
        { "an escaped duplicate", Some.Utf8(Some.Json(@"{'payment_ref':'P1','\u0070ayment_ref':'P1'}")) },
        { "trailing comma", Some.Utf8(Some.Json("{'payment_ref':'P1',}")) },
        { "comment", Some.Utf8(Some.Json("{'payment_ref':'P1'/**/}")) },
        { "too deep", Some.Utf8(Some.Json("{'payment_ref':'P1','x':[[[[[[[[]]]]]]]]}")) },
        { "UTF-16", System.Text.Encoding.Unicode.GetBytes(Some.Json(Valid)) },
        { "Latin-1", System.Text.Encoding.Latin1.GetBytes(Some.Json("{'payment_ref':'P1','note':'é'}")) },
        { "cut off", Some.Utf8(Some.Json(Valid)[..^1]) },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_is_not_one_strict_object_is_refused_and_applies_nothing(
        string name, byte[] body)
    {
        name.ShouldNotBeEmpty();
        await SeedAsync();
        var before = await Box.Books.SnapshotAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(body);
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("MALFORMED_BODY");
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task Two_messages_that_share_a_message_id_are_both_accounted_for()
    {
        await SeedAsync();
        await Box.DeployTopologyAsync();
        var id = Guid.CreateVersion7().ToString();
        foreach (var amount in (decimal[])[100, 200])
        {
            await Box.Upstream.SendAsync(
                Some.Request("P1", $"request-{amount}", amount),
                change: to => (to.MessageId, to.CorrelationId) = (id, id));
        }

        await Box.StartWorkerAsync();
        (await Box.Tap.HearAsync(2)).Select(one => one.ReferenceId).ShouldBe(["request-100", "request-200"]);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(2);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task A_signature_over_odd_spelling_still_verifies_after_an_outage_in_between()
    {
        string[] bodies =
        [
            "\t{ 'payment_ref' :\r\n 'INV\\/01' ,\n\n'reference_id':'php-style'  } \r\n",
            "{'payment_ref':'\\u0049NV/02','reference_id':'escaped','\\u0061mount':100.10," +
                "'note':'\\u00e9\\ud83d\\ude00'}",
            "{'reference_id':'unescaped','note':'é😀','payment_ref':'INV/03'}",
        ];
        var link = Box.LinkToPostgres();
        var bill = await Box.Books.BillAsync();
        foreach (var paymentRef in (string[])["INV/01", "INV/02", "INV/03"])
        {
            await Box.Books.PayAsync(bill, paymentRef, 500);
        }

        await Box.StartWorkerAsync();
        link.Cut();
        await Box.Upstream.SendAllAsync(bodies.Select(Some.Json));
        await Until.LoggedAsync("could not be committed");
        await Until.TrueAsync(() => link.Refused >= 10, "it is tried again and again");
        link.Restore();

        (await Box.Tap.HearAsync(3)).Select(one => one.ReferenceId + " " + one.Reason).ShouldBe(
            ["php-style REVERSED", "escaped PARTIALLY_REVERSED", "unescaped REVERSED"], ignoreOrder: true);
        (await Box.Books.StateAsync(bill)).PaidAmount.ShouldBe(399.90m);
        await Box.SettledAsync();
    }

    [Fact]
    public async Task The_largest_body_and_the_most_headers_that_are_allowed_are_read()
    {
        await SeedAsync();
        await Box.StartWorkerAsync();
        var body = Some.Json("{'payment_ref':'P1','reference_id':'request-1','note':''}");
        body = body.Insert(body.Length - 2, new string('n', Wire.MaxBodyBytes - body.Length));
        await Box.Upstream.SendAsync(
            body, change: to => to.Headers!["padding"] = new string('p', Wire.MaxHeaderBytes - 200));
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    async Task SeedAsync() => await Box.Books.PaidAsync("P1", 10_000);
}
