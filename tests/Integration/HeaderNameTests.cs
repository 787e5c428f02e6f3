namespace Reversals.Tests.Integration;

/// <summary>Names of headers as HTTP bridges write them, and headers that come twice.</summary>
public sealed class HeaderNameTests(Servers servers) : ServerTest(servers)
{
    [Theory]
    [InlineData("signature", "client-id")]
    [InlineData("SIGNATURE", "CLIENT-ID")]
    [InlineData("sIgNaTuRe", "Client-ID")]
    public async Task Names_are_compared_without_case(string signature, string clientId)
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"), change: to =>
            to.Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [signature] = to.Headers!["Signature"],
                [clientId] = to.Headers["Client-Id"],
            });

        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.NothingIsLeftAsync();
    }

    [Theory]
    [Each("Signature", "Client-Id", "Pending-For")]
    public async Task Two_values_of_one_header_are_quarantined_and_twice_the_same_is_not(string name)
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        var request = Some.Request("P1", "request-1");
        await Box.Upstream.SendAsync(request, change: to => Twice(to, name, "10", "11"));
        await Box.Books.QuarantinedAsync(1);
        var kept = (await Box.Books.QuarantineAsync()).ShouldHaveSingleItem();
        kept.Cause.ShouldBe("HEADER_AMBIGUOUS");
        kept.Detail.ShouldBe($"the header {name} comes with two different values");

        await Box.Upstream.SendAsync(request, change: to => Twice(to, name, "10", "10"));
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.Books.QuarantinedAsync(1);
        (await RunAsync("quarantine list --cause HEADER_AMBIGUOUS --json"))
            .ShouldEndWith(0).Json.GetProperty("total").GetInt64().ShouldBe(1);
        (await RunAsync("quarantine replay 1 --yes --json"))
            .ShouldEndWith(1).Json.GetProperty("still_refused").GetInt32().ShouldBe(1);
        await Box.NothingIsLeftAsync();
    }

    /// <summary>The library would keep the last of two that are spelt alike.</summary>
    [Fact]
    public async Task Two_values_under_one_spelling_are_seen_as_well()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        await using var connection = await OddClient.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!, [9, .. "Signaturf"u8], [9, .. "Signature"u8]);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        var body = Some.Utf8(Some.Request("P1", "request-1"));
        var headers = Some.Signed(body);
        headers["Signaturf"] = new string('0', 64);
        await channel.BasicPublishAsync(
            Wire.RequestExchange, routingKey: "", mandatory: true,
            new BasicProperties { Headers = headers, DeliveryMode = DeliveryModes.Persistent }, body, Stop);

        await Box.Books.QuarantinedAsync(1);
        (await Box.Books.QuarantineAsync()).ShouldHaveSingleItem().Cause.ShouldBe("HEADER_AMBIGUOUS");
        await Box.NothingIsLeftAsync();
    }

    static void Twice(BasicProperties to, string name, string first, string second)
    {
        var value = to.Headers!.TryGetValue(name, out var right) ? (string)right! : "";
        to.Headers[name] = value + (value.Length == 0 || first != second ? first : "");
        to.Headers[name.ToLowerInvariant()] = value + (value.Length == 0 || first != second ? second : "");
    }
}
