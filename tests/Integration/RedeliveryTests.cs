using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// A worker that dies after its commit has acknowledged nothing, and the broker delivers the message again.
/// Whoever was told no by then does not find the reversal applied.
/// </summary>
public sealed class RedeliveryTests(Servers servers) : ServerTest(servers)
{
    static readonly string Asked = Some.Request("P1", "request-1");

    [Theory]
    [InlineData("correlation-id")]
    [InlineData("message-id")]
    [InlineData("nothing")]
    public async Task What_was_refused_is_refused_again_whatever_was_paid_meanwhile(string has)
    {
        var told = await RefusedAsync(has);
        await PaidAndDeliveredAgainAsync(to => Says(to, has));
        var again = (await Box.Tap.HearAsync(2))[1];
        again.IsReplay.ShouldBeTrue();
        again.Body.ShouldBe(told.Body);
        again.Properties.CorrelationId.ShouldBe(told.Properties.CorrelationId);
        (await Box.Books.CountAsync("reversals.reversal")).ShouldBe(0);
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Whoever_asks_again_is_decided_anew_even_if_the_broker_delivers_that_twice()
    {
        await RefusedAsync("correlation-id");
        await PaidAndDeliveredAgainAsync(to =>
        {
            Says(to, "correlation-id");
            to.CorrelationId = "another";
        });
        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task The_same_message_sent_anew_is_decided_anew()
    {
        await RefusedAsync("nothing");
        await Box.Books.PayAsync(1, "P1", 1000);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Asked, change: to => Says(to, "nothing"));
        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task What_waited_in_vain_is_not_applied_later_either()
    {
        Box.Settings["Inbound:PendingPollInterval"] = "00:00:00.1";
        await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Asked, change: to => Says(to, "message-id", pendingFor: "1"));
        var told = (await Box.Tap.HearAsync(2))[1];
        await Box.StopWorkersAsync();
        await PaidAndDeliveredAgainAsync(to => Says(to, "message-id", pendingFor: "1"));
        (await Box.Tap.HearAsync(3))[2].Body.ShouldBe(told.Body);
    }

    [Fact]
    public async Task What_is_applied_meanwhile_is_told_as_a_duplicate()
    {
        await RefusedAsync("message-id");
        await Box.StartWorkerAsync();
        await Box.Books.PayAsync(1, "P1", 1000);
        var applied = await Box.AskAsync(Asked);
        applied.Reason.ShouldBe("REVERSED");
        await Box.StopWorkersAsync();
        await DeliveredAgainAsync(to => Says(to, "message-id"));
        (await Box.Tap.HearAsync(3))[2].Body.ShouldBe(applied.Body);
    }

    /// <summary>Its sender was told nothing, asked again, and was told no.</summary>
    [Theory]
    [InlineData(-10, "PAYMENT_NOT_FOUND")]
    [InlineData(0, "REVERSED")]
    public async Task What_was_sent_before_its_key_was_refused_is_refused_too(int seconds, string reason)
    {
        await RefusedAsync("message-id");
        await Box.Books.PayAsync(1, "P1", 1000);
        await Box.StartWorkerAsync();
        var sentAt = TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();
        await Box.Upstream.SendAsync(Asked, change: to =>
        {
            Says(to, "correlation-id");
            to.Timestamp = new AmqpTimestamp(sentAt);
        });
        (await Box.Tap.HearAsync(2))[1].Reason.ShouldBe(reason);
    }

    static void Says(BasicProperties to, string has, string pendingFor = "0")
    {
        to.Headers![Wire.PendingForHeader] = pendingFor;
        to.CorrelationId = has == "correlation-id" ? "one" : null;
        to.MessageId = has == "message-id" ? "one" : null;
    }

    /// <summary>A worker refuses it and is gone.</summary>
    async Task<Heard> RefusedAsync(string has)
    {
        await Box.Books.BillAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Asked, change: to => Says(to, has));
        var told = (await Box.Tap.HearAsync(1))[0];
        told.Reason.ShouldBe("PAYMENT_NOT_FOUND");
        told.Json.GetProperty("pending_until").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        await Box.StopWorkersAsync();
        return told;
    }

    /// <summary>The payment comes, and then the broker delivers the message again to the next worker.</summary>
    async Task PaidAndDeliveredAgainAsync(Action<BasicProperties> says)
    {
        await Box.Books.PayAsync(1, "P1", 1000);
        await DeliveredAgainAsync(says);
    }

    async Task DeliveredAgainAsync(Action<BasicProperties> says)
    {
        await Box.Upstream.SendAsync(Asked, change: says);
        (await Box.Broker.DeliveryCountsAsync()).Count.ShouldBe(1);
        await Box.StartWorkerAsync();
    }
}
