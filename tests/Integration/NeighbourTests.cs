using System.Text.Json;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>What <c>deploy/neighbours.md</c> and the documents for machines say, held against real events.</summary>
public sealed partial class NeighbourTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const string SigningKey = "the-key-of-the-events";

    [Fact]
    public async Task The_properties_and_headers_of_an_event_are_those_that_are_told()
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P1", 10_000);
        Box.Settings["Events:SigningKey"] = SigningKey;
        await Box.StartWorkerAsync();
        await AskAsync(Some.Request("P1", "request-1"));
        await AskAsync(Some.Request("P1", "request-1"));
        await AskAsync(Some.Request("P1", "request-2"));

        var heard = await Box.Tap.HearAsync(3);

        var told = Table().Matches(
            await File.ReadAllTextAsync(Repository.PathOf("deploy/neighbours.md"), Stop))
            .ToDictionary(row => row.Groups["name"].Value, row => row.Groups["value"].Value, StringComparer.Ordinal);
        told.Count.ShouldBe(10);
        var replay = heard.Single(one => one.IsReplay);
        var replayed = Carried(replay);
        replayed.Keys.ShouldBe(told.Keys, ignoreOrder: true);
        foreach (var other in heard.Where(one => !one.IsReplay))
        {
            Carried(other).Keys.ShouldBe(told.Keys.Except([Wire.ReplayedHeader], StringComparer.Ordinal), ignoreOrder: true);
        }

        // What stands there as a word of its own is that word on the wire.
        told["content-type"].ShouldBe($"`{replayed["content-type"]}`");
        told["delivery-mode"].ShouldStartWith($"`{replayed["delivery-mode"]}`");
        told["type"].ShouldContain($"`{replayed["type"]}`");
        told["type"].ShouldContain($"`{ReversalRejected.Kind}`");
        replayed["message-id"].ShouldBe(replay.EventId.ToString());
        replayed["correlation-id"].ShouldBe("any text");
        replayed[Wire.TraceParentHeader].ShouldBe(Trace);
        replayed[Wire.SignatureHeader].ShouldBe(Signature.Compute(replay.Body, SigningKey));
    }

    [Fact]
    public async Task The_AsyncAPI_document_names_each_header_of_an_event_and_its_exchange()
    {
        Box.Settings["Events:SigningKey"] = SigningKey;
        await Box.StartWorkerAsync();
        await AskAsync("[]");
        var heard = (await Box.Tap.HearAsync(1))[0];

        var document = JsonElement.Parse(
            await File.ReadAllBytesAsync(Repository.PathOf("src/Contracts/Schemas/asyncapi.json"), Stop));
        var channel = document.GetProperty("channels").GetProperty(heard.Exchange);
        var name = channel.GetProperty("messages").EnumerateObject().Single().Name;
        var headers = document.GetProperty("components").GetProperty("messages").GetProperty(name)
            .GetProperty("headers").GetProperty("properties").EnumerateObject().Select(one => one.Name);

        OwnHeaders(heard).Select(one => one.Key).Except(headers, StringComparer.Ordinal).ShouldBeEmpty();
        await using var connection = await Amqp.ConnectAsync(
            Box.Settings["ConnectionStrings:RabbitMq"]!, "tests-operator");
        foreach (var one in document.GetProperty("channels").EnumerateObject())
        {
            var exchange = one.Value.GetProperty("bindings").GetProperty("amqp").GetProperty("exchange");
            await using var declaring = await connection.CreateChannelAsync(cancellationToken: Stop);
            // RabbitMQ refuses this when it is there in another shape.
            await declaring.ExchangeDeclareAsync(
                exchange.GetProperty("name").GetString()!, exchange.GetProperty("type").GetString()!,
                exchange.GetProperty("durable").GetBoolean(), exchange.GetProperty("autoDelete").GetBoolean(),
                cancellationToken: Stop);
        }
    }

    [Fact]
    public async Task A_refused_request_that_comes_again_has_another_event_id_and_an_accepted_one_the_same()
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P1", 10_000);
        await Box.StartWorkerAsync();
        var accepted = await Box.AskAsync(Some.Request("P1", "request-1"));
        (await Box.AskAsync(Some.Request("P1", "request-1"))).EventId.ShouldBe(accepted.EventId);

        var refused = await Box.AskAsync(Some.Request("P1", "request-2"));
        (await Box.AskAsync(Some.Request("P1", "request-2"))).EventId.ShouldNotBe(refused.EventId);
    }

    [Fact]
    public async Task A_reference_id_that_is_too_short_is_answered_under_another_and_with_the_correlation_id()
    {
        await Box.StartWorkerAsync();
        await AskAsync(Some.Request("P1", "1234"));

        var heard = (await Box.Tap.HearAsync(1))[0];
        heard.Reason.ShouldBe("INVALID_FIELD");
        heard.ReferenceId.ShouldBe("payment_ref:P1");
        heard.Properties.CorrelationId.ShouldBe("any text");
    }

    /// <summary>What definitions.sh makes for one neighbour is its own.</summary>
    [Theory]
    [Each(
        BrokerUsers.Upstream, BrokerUsers.OwnUpstream, BrokerUsers.Subscriber, BrokerUsers.WithQueue,
        BrokerUsers.Gateway)]
    public async Task Nobody_touches_the_exchange_or_the_queue_of_another_neighbour(string user)
    {
        const string queue = BrokerUsers.OwnQueue;
        const string exchange = BrokerUsers.OwnExchange;
        await Box.DeployTopologyAsync();
        await users.ImportAsync();
        await using var connection = await Amqp.ConnectAsync(users.AddressFor(user), "tests-neighbour");
        List<string> allowed = [];
        foreach (var (owner, what, action) in (IEnumerable<(string, string, Func<IChannel, Task>)>)
            [
                (BrokerUsers.WithQueue, "read", one => one.BasicGetAsync(queue, autoAck: false)),
                (BrokerUsers.WithQueue, "empty", one => one.QueuePurgeAsync(queue)),
                (BrokerUsers.WithQueue, "delete", one => one.QueueDeleteAsync(queue)),
                (BrokerUsers.WithQueue, "cut off", one =>
                    one.QueueUnbindAsync(queue, Wire.PaymentReversedExchange, routingKey: "")),
                (BrokerUsers.OwnUpstream, "publish as", one =>
                    one.BasicPublishAsync(exchange, "", Some.Utf8("{}")).AsTask()),
                (BrokerUsers.OwnUpstream, "delete the exchange of", one => one.ExchangeDeleteAsync(exchange)),
                (BrokerUsers.OwnUpstream, "lead away from", one =>
                    one.ExchangeUnbindAsync(Wire.RequestExchange, exchange, routingKey: "")),
            ])
        {
            if (!owner.Equals(user, StringComparison.Ordinal) && !await connection.IsRefusedAsync(action))
            {
                allowed.Add($"{user} may {what} {owner}");
            }
        }

        allowed.ShouldBeEmpty();
    }

    Task AskAsync(string body) => Box.Upstream.SendAsync(body, change: to =>
    {
        to.CorrelationId = "any text";
        to.Headers![Wire.TraceParentHeader] = Trace;
    });

    /// <summary>Everything that stands beside the body.</summary>
    static Dictionary<string, string?> Carried(Heard heard)
    {
        var (all, one) = (OwnHeaders(heard), heard.Properties);
        void Add(bool isThere, string name, object? value)
        {
            if (isThere)
            {
                all[name] = Convert.ToString(value, CultureInfo.InvariantCulture);
            }
        }

        Add(one.IsContentTypePresent(), "content-type", one.ContentType);
        Add(one.IsContentEncodingPresent(), "content-encoding", one.ContentEncoding);
        Add(one.IsDeliveryModePresent(), "delivery-mode", (int)one.DeliveryMode);
        Add(one.IsPriorityPresent(), "priority", one.Priority);
        Add(one.IsCorrelationIdPresent(), "correlation-id", one.CorrelationId);
        Add(one.IsReplyToPresent(), "reply-to", one.ReplyTo);
        Add(one.IsExpirationPresent(), "expiration", one.Expiration);
        Add(one.IsMessageIdPresent(), "message-id", one.MessageId);
        Add(one.IsTimestampPresent(), "timestamp", one.Timestamp.UnixTime);
        Add(one.IsTypePresent(), "type", one.Type);
        Add(one.IsUserIdPresent(), "user-id", one.UserId);
        Add(one.IsAppIdPresent(), "app-id", one.AppId);
        return all;
    }

    /// <summary>But for those of the client library.</summary>
    static Dictionary<string, string?> OwnHeaders(Heard heard) => heard.Properties.Headers!
        .Where(one => !one.Key.StartsWith("x-", StringComparison.Ordinal))
        .ToDictionary(
            one => one.Key, one => heard.Header(one.Key) ?? one.Value?.ToString(), StringComparer.Ordinal);

    [GeneratedRegex(
        @"(?<=\| property or header \| value \|\n\|---\|---\|\n(\|[^\n]*\n)*)\| `(?<name>[^`]+)` \| (?<value>[^\n]*) \|",
        RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Table();
}
