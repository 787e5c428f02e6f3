using RabbitMQ.Client;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;

namespace Reversals.Tests.Hostile.Cases;

/// <summary>Headers and properties of every kind that AMQP has, their names in any case, and some of them
/// twice; each with a request that is well but for that.</summary>
sealed class HeaderCases(Clients clients, int used)
{
    /// <summary>Stands in every credential here, and is to stand nowhere afterwards.</summary>
    internal const string Credential = "hidden-credential";

    static readonly Dictionary<string, object?> Table = new(StringComparer.Ordinal)
    {
        ["base64"] = "QUJD", ["Authorization"] = Credential, ["deep"] = new List<object?> { 1.5m, null },
    };

    /// <summary>What is no number the broker itself refuses.</summary>
    static readonly (string Name, object? Value)[] Kinds =
    [
        ("nothing", null), ("flag", true), ("signed byte", (sbyte)-1), ("byte", (byte)255),
        ("short", (short)-2), ("unsigned short", (ushort)65_535), ("integer", int.MinValue),
        ("unsigned integer", uint.MaxValue), ("long", long.MinValue), ("float", 1.25f), ("double", 5e-324),
        ("decimal", 0.0000000001m), ("text", "text \u00e9 \0"), ("bytes", new byte[] { 0xFF, 0 }),
        ("binary", new BinaryTableValue([0xFE, 0])), ("time", new AmqpTimestamp(long.MaxValue)),
        ("list", new List<object?> { 1, null, "a", new List<object?> { Table } }), ("table", Table),
        ("many values", Enumerable.Repeat<object?>(true, 2_000).ToList()),
    ];

    static readonly (string Name, Action<BasicProperties> Change)[] Properties =
    [
        ("no content type", to => to.ContentType = null), ("odd content type", to => to.ContentType = ";=\0"),
        ("content encoding", to => to.ContentEncoding = "gzip"), ("priority", to => to.Priority = 255),
        ("transient", to => to.DeliveryMode = DeliveryModes.Transient), ("type", to => to.Type = "no type"),
        ("correlation-id", to => to.CorrelationId = new string('c', 255)),
        ("reply-to", to => to.ReplyTo = "reversal-requested"), ("message-id", to => to.MessageId = "no guid"),
        ("app-id", to => to.AppId = "\u0001"), ("time 0", to => to.Timestamp = new AmqpTimestamp(0)),
        ("time to come", to => to.Timestamp = new AmqpTimestamp(32_503_680_000)),
        ("time beyond", to => to.Timestamp = new AmqpTimestamp(long.MaxValue)),
        ("time before", to => to.Timestamp = new AmqpTimestamp(long.MinValue)),
        ("expiration", to => to.Expiration = "86400000"),
    ];

    readonly List<Case> _cases = [];
    int _numbers = used;

    internal List<Case> Make()
    {
        foreach (var write in (ReadOnlySpan<Func<string, string>>)
            [Same, name => name.ToLowerInvariant(), name => name.ToUpperInvariant(), Mixed])
        {
            AddNamed("texts", write, text => text);
            AddNamed("bytes", write, text => Encoding.UTF8.GetBytes(text));
            AddNamed("binary", write, text => new BinaryTableValue(Encoding.UTF8.GetBytes(text)));
        }

        foreach (var (name, value) in Kinds)
        {
            foreach (var header in (string[])["extra", "Authorization", "cookie", "Accept"])
            {
                AddBoth($"{header}: {name}", headers => headers[header] = header is "extra" ? value
                    : new List<object?> { Credential, value });
            }

            Add($"Signature: {name}", headers => headers["Signature"] = value);
            Add($"Client-Id: {name}", headers => headers["Client-Id"] = value);
        }

        AddTwice();
        foreach (var (name, change) in Properties)
        {
            Add(name, _ => { }, change);
        }

        return _cases;
    }

    /// <summary>Each spelt otherwise: the sender's library knows no two of one spelling.</summary>
    void AddTwice()
    {
        foreach (var name in (string[])["Signature", "Client-Id", "Pending-For"])
        {
            object[] others = ["7", "", 7, new byte[] { 0xFF }, new BinaryTableValue("7"u8.ToArray())];
            foreach (var other in others)
            {
                Add($"{name} twice", headers => headers[name.ToLowerInvariant()] = other);
                Add($"{name} twice, first 7", headers =>
                    (headers[name], headers[name.ToUpperInvariant()]) = ("7", other));
            }

            Add($"{name} twice the same", headers => headers[Mixed(name)] = headers.GetValueOrDefault(name));
            Add($"{name} and nothing", headers => headers[name.ToLowerInvariant()] = null);
        }
    }

    void AddNamed(string kind, Func<string, string> write, Func<string, object> value) =>
        Add($"{kind} as {write("Client-Id")}", headers =>
        {
            foreach (var name in (string[])["Signature", "Client-Id"])
            {
                headers.Remove(name, out var text);
                headers[write(name)] = value((string)text!);
            }
        });

    void AddBoth(string place, Action<Dictionary<string, object?>> change)
    {
        Add(place + ", signed", change);
        Add(place + ", unsigned", headers =>
        {
            headers.Remove("Signature");
            change(headers);
        });
    }

    void Add(
        string place, Action<Dictionary<string, object?>> change, Action<BasicProperties>? properties = null)
    {
        var body = Bodies.Well(++_numbers);
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["Signature"] = Gate.Sign(clients.Keys[Clients.Acme], body),
            ["Client-Id"] = Clients.Acme,
        };
        change(headers);
        _cases.Add(new Case(
            Kind.Headers, "headers", place,
            new Message { Body = body, Headers = headers, Change = properties }));
    }

    static string Same(string name) => name;

    static string Mixed(string name) => string.Create(
        CultureInfo.InvariantCulture, $"{name[..2].ToUpperInvariant()}{name[2..].ToLowerInvariant()}");
}
