namespace Reversals.Tests.Integration;

/// <summary>Headers on which the client library ends the connection, again with each redelivery.</summary>
public sealed class UnreadableHeaderTests(Servers servers) : ServerTest(servers)
{
    [Theory]
    [Each(true, false)]
    public async Task A_header_that_the_library_cannot_read_keeps_no_message_from_its_outcome(bool isSigned)
    {
        await Box.Books.ManyAsync(20);
        await Box.DeployTopologyAsync();
        var body = Some.Utf8(Some.Request("P1", "request-1"));
        var headers = Some.Signed(body);
        headers["odd"] = 1.5m;
        headers["Authorization"] = "Bearer hidden-1";
        headers["table"] = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["odd"] = 1.5m,
            ["authorization"] = "Bearer hidden-2",
        };
        if (!isSigned)
        {
            headers.Remove(Wire.SignatureHeader);
        }

        // The scale of the decimal is 1; the library knows scales up to 28.
        await using var connection = await OddClient.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!,
            [(byte)'d', (byte)'D', 1, 0, 0, 0, 15], [(byte)'d', (byte)'D', 29, 0, 0, 0, 15]);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true,
                publisherConfirmationTrackingEnabled: true), Stop);
        await channel.BasicPublishAsync(
            Wire.RequestExchange, routingKey: "", mandatory: true,
            new BasicProperties { Headers = headers, DeliveryMode = DeliveryModes.Persistent }, body, Stop);
        await Box.Upstream.SendAllAsync(Some.Requests(20).Skip(1));
        await Box.StartWorkerAsync();

        var answered = isSigned ? 20 : 19;
        (await Box.Tap.HearAsync(answered)).ShouldAllBe(one => one.Reason == "REVERSED" && !one.IsReplay);
        await Box.Books.QuarantinedAsync(20 - answered);
        LogCapture.Text.ShouldNotContain("Nothing can be read");
        await Box.SettledAsync();
        if (isSigned)
        {
            return;
        }

        var kept = (await Box.Books.QuarantineAsync()).ShouldHaveSingleItem();
        kept.Cause.ShouldBe("SIGNATURE_MISSING");
        kept.Body.ShouldBe(body);
        kept.Headers.ShouldContain("15e-29");
        kept.Headers.ShouldNotContain("hidden");
        (await Box.Books.TextAsync("SELECT string_agg(row_to_json(q)::text, '') FROM reversals.quarantine q"))
            .ShouldNotBeNull().ShouldNotContain(Convert.ToBase64String("hidden"u8)[..7]);
    }
}
