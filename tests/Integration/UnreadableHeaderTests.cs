using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>Headers on which the client library ends the connection, again with each redelivery.</summary>
public sealed class UnreadableHeaderTests(Servers servers) : ServerTest(servers)
{
    [Fact]
    public async Task A_message_whose_headers_the_library_cannot_read_is_quarantined_and_disturbs_nobody()
    {
        await Box.Books.ManyAsync(20);
        await Box.DeployTopologyAsync();
        var body = Some.Utf8(Some.Request("P1", "request-1"));
        var headers = Some.Signed(body);
        headers["odd"] = 1.5m;

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

        (await Box.Tap.HearAsync(19)).ShouldAllBe(one => one.Reason == "REVERSED" && !one.IsReplay);
        await Box.Books.QuarantinedAsync(1);
        LogCapture.Text.ShouldNotContain("Nothing can be read");
        await Box.Books.OutboxEmptyAsync();
        await Box.NothingIsLeftAsync();
        var kept = (await Box.Books.QuarantineAsync()).ShouldHaveSingleItem();
        kept.Cause.ShouldBe("SIGNATURE_MISSING");
        kept.Body.ShouldBe(body);
        kept.Headers.ShouldContain("Unreadable-Headers");
    }
}
