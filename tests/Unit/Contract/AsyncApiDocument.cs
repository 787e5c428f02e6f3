using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Tests.Unit.Contract;

/// <summary>The worker in the words of AsyncAPI 3: what it takes and what it publishes, on AMQP 0-9-1.</summary>
static class AsyncApiDocument
{
    const string Binding = "0.3.0";

    static readonly Channel[] Channels =
    [
        new(Wire.RequestExchange, "ReversalRequest", "takeRequest", "receive", null,
            "Upstreams publish signed requests here, with publisher confirms and mandatory."),
        new(Wire.PaymentReversedExchange, nameof(PaymentReversed), "tellReversal", "send", PaymentReversed.Kind,
            "One event for each authentic request that was applied. Bind a queue of your own."),
        new(Wire.ReversalRejectedExchange, nameof(ReversalRejected), "tellRejection", "send", ReversalRejected.Kind,
            "One event for each authentic request that was refused. Bind a queue of your own."),
    ];

    internal static JsonObject Create() => new()
    {
        ["asyncapi"] = "3.0.0",
        ["id"] = "urn:reversals:worker",
        ["info"] = Info(),
        ["defaultContentType"] = Wire.ContentType,
        ["servers"] = new JsonObject
        {
            ["rabbitmq"] = new JsonObject
            {
                ["host"] = "{host}",
                ["protocol"] = "amqp",
                ["protocolVersion"] = "0.9.1",
                ["description"] = "RabbitMQ. The URL has no slash at its end: that would name an empty virtual host.",
                ["variables"] = new JsonObject
                {
                    ["host"] = new JsonObject { ["default"] = "localhost:5672", ["description"] = "Your broker." },
                },
                ["security"] = new JsonArray(Reference("securitySchemes", "user")),
            },
        },
        ["channels"] = new JsonObject(Channels.Select(one => Pair(one.Exchange, ChannelOf(one)))),
        ["operations"] = new JsonObject(Channels.Select(one => Pair(one.Operation, OperationOf(one)))),
        ["components"] = new JsonObject
        {
            ["messages"] = new JsonObject(Channels.Select(one => Pair(one.Message, MessageOf(one)))),
            ["schemas"] = new JsonObject(Channels.Select(one =>
                Pair(one.Message, ContractSchemas.All[one.Exchange].DeepClone()))),
            ["correlationIds"] = new JsonObject
            {
                ["delivery"] = new JsonObject
                {
                    ["description"] = "The AMQP property correlation-id: any text of at most 255 bytes; every "
                        + "answer carries that of the delivery it answers.",
                    ["location"] = "$message.header#/correlation-id",
                },
            },
            ["securitySchemes"] = new JsonObject
            {
                ["user"] = new JsonObject
                {
                    ["type"] = "userPassword",
                    ["description"] = "A user of its own for each neighbour, with the rights that it needs.",
                },
            },
        },
    };

    static JsonObject Info() => new()
    {
        ["title"] = "Reversal worker",
        ["version"] = typeof(Wire).Assembly.GetName().Version!.ToString(3),
        ["description"] = "Takes back payments. Fields are only added, and readers ignore what they do not know; "
            + "a field that is removed or renamed is a new exchange. Numbers are decimals: do not read amounts "
            + "as binary floats. Events come at least once: drop an event_id you have seen, and a bill_version "
            + "older than yours. Only the worker declares its exchanges.",
        ["license"] = new JsonObject { ["name"] = "Apache-2.0" },
    };

    static JsonObject ChannelOf(Channel one) => new()
    {
        ["address"] = one.Exchange,
        ["description"] = one.Description,
        ["messages"] = new JsonObject { [one.Message] = Reference("messages", one.Message) },
        ["bindings"] = Amqp(new JsonObject
        {
            ["is"] = "routingKey",
            ["exchange"] = new JsonObject
            {
                ["name"] = one.Exchange, ["type"] = "fanout", ["durable"] = true, ["autoDelete"] = false,
            },
        }),
    };

    static JsonObject OperationOf(Channel one) => new()
    {
        ["action"] = one.Action,
        ["channel"] = new JsonObject { ["$ref"] = $"#/channels/{one.Exchange}" },
        ["summary"] = one.Description,
        ["messages"] = new JsonArray(new JsonObject
        {
            ["$ref"] = $"#/channels/{one.Exchange}/messages/{one.Message}",
        }),
        ["bindings"] = Amqp(one.Action is "receive"
            ? new JsonObject { ["deliveryMode"] = 2, ["mandatory"] = true, ["timestamp"] = true, ["ack"] = true }
            : new JsonObject { ["deliveryMode"] = 2, ["mandatory"] = true }),
    };

    static JsonObject MessageOf(Channel one) => new()
    {
        ["name"] = one.Message,
        ["title"] = one.Message,
        ["summary"] = one.Description,
        ["contentType"] = Wire.ContentType,
        ["headers"] = one.Action is "receive" ? MessageHeaders.OfRequest() : MessageHeaders.OfEvent(),
        ["payload"] = Reference("schemas", one.Message),
        ["correlationId"] = Reference("correlationIds", "delivery"),
        ["bindings"] = Amqp(one.Type is { } type ? new JsonObject { ["messageType"] = type } : []),
        ["examples"] = new JsonArray(new JsonObject
        {
            ["name"] = "specification",
            ["summary"] = "The biller API specification's example.",
            ["headers"] = ContractExamples.HeadersOf(one.Exchange),
            ["payload"] = JsonNode.Parse(ContractExamples.Bodies[one.Exchange]),
        }),
    };

    static JsonObject Amqp(JsonObject binding)
    {
        binding["bindingVersion"] = Binding;
        return new JsonObject { ["amqp"] = binding };
    }

    static JsonObject Reference(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };

    static KeyValuePair<string, JsonNode?> Pair(string name, JsonNode value) => new(name, value);

    sealed record Channel(string Exchange, string Message, string Operation, string Action, string? Type, string Description);
}
