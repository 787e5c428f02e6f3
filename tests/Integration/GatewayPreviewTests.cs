using Reversals.Processing.Inbound;
using Reversals.RabbitMq;

namespace Reversals.Tests.Integration;

/// <summary>What a preview at the gateway says is what the reversal then says, and it leaves no trace.</summary>
public sealed class GatewayPreviewTests(Servers servers) : ServerTest(servers)
{
    HostedGateway Gateway { get; set; } = null!;

    [Fact]
    public async Task It_equals_the_answer_to_the_same_reversal_in_random_cases_of_every_kind()
    {
        const int rounds = 6, each = 50;
        var traffic = new RandomTraffic(seed: 35);
        await StartAsync();
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        ReversalRequested? applied = null;
        for (var round = 0; round < rounds; round++)
        {
            await traffic.PayAsync(Box.Books);
            for (var n = 0; n < each; n++)
            {
                var request = applied is not null && n % 5 == 4 ? applied : traffic.Message().Request;
                var body = Encoding.UTF8.GetString(request.Body.Span);
                await Box.Books.OutboxEmptyAsync();
                var (before, heard) = (await EverythingAsync(), Box.Tap.Count);
                var previewed = await Gateway.PreviewAsync(body, Sent);
                (await EverythingAsync()).ShouldBe(before, body);
                var told = await Gateway.PostAsync(body, Sent);

                ((int)previewed.Status, previewed.IsReplay, Comparable(previewed))
                    .ShouldBe(((int)told.Status, told.IsReplay, Comparable(told)), body);
                var answered = (int)told.Status == 200 ? 1 : 0;
                await Until.TrueAsync(() => Box.Tap.Count == heard + answered, "one event, of the reversal");
                applied = told.Rc is "SUCCESS" ? request : applied;
                var kind = $"{told.Rc}: {told.Json.GetProperty("message").GetString()}{(told.IsReplay ? " again" : "")}";
                seen[kind] = seen.GetValueOrDefault(kind) + 1;

                void Sent(HttpRequestMessage to)
                {
                    to.Set("Signature", request.Signature is null ? null : [request.Signature]);
                    to.Set("Client-Id", request.ClientId is null ? null : [request.ClientId]);
                }
            }
        }

        // Applied, again, and the noes of a lookup, of a rule, of an amount, of a body and of a sender.
        seen.Keys.Select(kind => kind.Split(':')[0]).Distinct(StringComparer.Ordinal).ShouldBe(
            [
                "SUCCESS", "BILLER_PAYMENT_NOT_FOUND", "BILLER_PAYMENT_ALREADY_REVERSED", "BILLER_INVALID_TRANSACTION",
                "BILLER_INVALID_TRANSACTION_AMOUNT", "BILLER_BILL_INVALID_AMOUNT", "BILLER_INVALID_VA_NUMBER",
                "BILLER_AUTHENTICATION",
            ],
            ignoreOrder: true);
        seen.Keys.ShouldContain(kind => kind.StartsWith("SUCCESS", StringComparison.Ordinal)
            && kind.EndsWith(" again", StringComparison.Ordinal));
        seen.Count.ShouldBeGreaterThan(12, string.Join('\n', seen.Keys));
    }

    [Fact]
    public async Task It_has_the_whole_bill_as_it_would_be_afterwards_with_the_rights_of_the_worker()
    {
        await Box.UseRolesAsync();
        await StartAsync(pay: true);
        var before = await EverythingAsync();
        var previewed = (await Gateway.PreviewAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        (await EverythingAsync()).ShouldBe(before);
        previewed.Data.GetProperty("name").GetString().ShouldBe("SPP Januari 2022");
        previewed.Data.GetProperty("customer_name").GetString().ShouldBe("Siti");
        previewed.Data.GetProperty("paid_amount").GetInt32().ShouldBe(0);
        previewed.Data.GetProperty("payment").GetProperty("amount").GetInt32().ShouldBe(10_000);
        previewed.IsReplay.ShouldBeFalse();

        var told = (await Gateway.PostAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        Comparable(previewed).ShouldBe(Comparable(told));
        var again = (await Gateway.PreviewAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        (again.IsReplay, again.Text).ShouldBe((true, told.Text));
        await Box.Tap.HearAsync(1);
    }

    [Fact]
    public async Task What_would_fail_alone_is_told_so_and_not_quarantined()
    {
        Box.Settings["Outbound:MaxEventBytes"] = "20000";
        var bill = await Box.Books.PaidAsync("P-LARGE", 20_000);
        await Box.Books.RunAsync(
            "UPDATE billing.bill SET description = repeat('x', 30000) WHERE id = @bill", new { bill });
        await StartAsync();
        var request = Some.Request("P-LARGE", "large-1");
        (await Gateway.PreviewAsync(request)).ShouldBe(200, "BILLER_GATEWAY_INVALID_RESPONSE").WithoutData();
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        (await Gateway.PostAsync(request)).ShouldBe(200, "BILLER_GATEWAY_INVALID_RESPONSE").WithoutData();
        await Box.Books.QuarantinedAsync(1);
    }

    [Fact]
    public async Task Many_at_once_are_each_told_as_if_alone()
    {
        await Box.Books.ManyAsync(100);
        await StartAsync(pay: true);
        var before = await EverythingAsync();
        var told = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(_ => Gateway.PreviewAsync(Caller.Base))
                .Concat(Some.Requests(100).Select(body => Gateway.PreviewAsync(body))));
        told.ShouldAllBe(one => one.Rc == "SUCCESS" && !one.IsReplay);
        told.Take(200).Select(Comparable).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        (await EverythingAsync()).ShouldBe(before);
        await Until.TrueAsync(() => Gateway.Waiting == 0, "nobody waits any more");
    }

    [Fact]
    public async Task While_an_operator_has_paused_the_workers_it_tells_what_will_be_decided()
    {
        await StartAsync(pay: true);
        (await RunAsync("pause --note 'the biller restores' --as duty --yes")).ShouldEndWith(0);
        await Until.TrueAsync(async () => await Box.Broker.ReadersAsync() == 0, "nobody takes requests");
        var previewed = (await Gateway.PreviewAsync(Caller.Base)).ShouldBe(200, "SUCCESS");
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(0);

        (await RunAsync("resume --as duty --yes")).ShouldEndWith(0);
        Comparable(await Gateway.PostAsync(Caller.Base)).ShouldBe(Comparable(previewed));
    }

    [Fact]
    public async Task Whoever_may_not_ask_for_a_reversal_may_not_ask_what_it_would_come_to()
    {
        await StartAsync(pay: true, tokens: true);
        foreach (var signature in (string?[])[null, "", new string('0', 64), "sha256=" + new string('0', 64)])
        {
            (await Gateway.PreviewAsync(Caller.Base, to =>
            {
                Entitle(to);
                to.Set("Signature", signature is null ? null : [signature]);
            })).ShouldBe(401, "BILLER_AUTHENTICATION").WithoutData();
        }

        (await Gateway.PreviewAsync(Caller.Base)).ShouldBe(401, "BILLER_AUTHENTICATION").WithoutData();
        (await Gateway.PreviewAsync(Caller.Base, Entitle)).ShouldBe(200, "SUCCESS");
        LogCapture.Text.ShouldNotContain("is not answered");

        static void Entitle(HttpRequestMessage to) => to.Set("Authorization", "Bearer the-right-token");
    }

    [Fact]
    public async Task A_request_that_is_not_one_is_refused_as_for_a_reversal()
    {
        await StartAsync(pay: true);
        foreach (var body in (string[])["{", "", "[]", "{\"amount\":1,\"amount\":2}", "{}", "\"\\ud800\"", "null"])
        {
            var previewed = (await Gateway.PreviewAsync(body)).ShouldBe(200, "BILLER_INVALID_TRANSACTION").WithoutData();
            Comparable(await Gateway.PostAsync(body)).ShouldBe(Comparable(previewed), body);
        }

        (await Gateway.PreviewAsync(new string(' ', 65_537))).ShouldBe(413, "BILLER_INVALID_TRANSACTION");
        (await Gateway.PreviewAsync(new string(' ', 65_536))).ShouldBe(200, "BILLER_INVALID_TRANSACTION");
        (await Gateway.PreviewAsync(Caller.Base, to => to.Set("Accept", "text/html")))
            .ShouldBe(406, "BILLER_INVALID_TRANSACTION");
        (await Gateway.PreviewAsync(Caller.Base, to => to.Content!.Headers.ContentType = new("text/plain")))
            .ShouldBe(415, "BILLER_INVALID_TRANSACTION");
        (await Gateway.PreviewAsync(Caller.Base, to => to.Method = HttpMethod.Put))
            .ShouldBe(405, "BILLER_INVALID_TRANSACTION").Headers["Allow"].ShouldBe(["POST"]);
        foreach (var path in (string[])["/reversal/Preview", "/reversal/preview/", "/preview"])
        {
            (await Caller.PostAsync(Gateway.Port, Caller.Base, path: path, stop: Stop))
                .ShouldBe(404, "BILLER_INVALID_TRANSACTION");
        }

        (await Box.Books.NumberAsync("SELECT count(*) FROM reversals.reversal")).ShouldBe(0);
        (await Box.Broker.WaitingAsync(PreviewQueue.Name)).ShouldBe(0u);
    }

    async Task StartAsync(bool pay = false, bool tokens = false)
    {
        if (pay)
        {
            await Box.Books.PayAsync(await Box.Books.BillAsync(), "1234567890", 10_000);
        }

        await Box.StartWorkerAsync();
        Gateway = await HostedGateway.StartAsync(Box, settings =>
        {
            settings[$"Clients:{Some.OtherClient}:ApiKeys:0"] = Some.OtherKey;
            settings[$"Clients:{Some.StrictClient}:ApiKeys:0"] = Some.StrictKey;
            if (tokens)
            {
                settings["Http:Tokens:0"] = "the-right-token";
            }
        });
    }

    Task<string?> EverythingAsync() => Box.Books.TextAsync(PreviewTests.Everything);

    /// <summary>All but the times of the two answers.</summary>
    static string Comparable(Told told)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(told.Text)!;
        node["timestamp"] = "";
        if (node["data"]?["payment"] is { } payment)
        {
            payment["created_at"] = "";
        }

        return node.ToJsonString();
    }
}
