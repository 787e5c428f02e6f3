using RabbitMQ.Client;

namespace Reversals.Tests.Hostile.Oracle;

/// <summary>What is sent, to the byte.</summary>
sealed record Message
{
    internal required byte[] Body { get; init; }

    /// <summary>The application headers; texts as the bytes they are on the wire.</summary>
    internal required IReadOnlyDictionary<string, object?> Headers { get; init; }

    /// <summary>Properties of the message other than its headers.</summary>
    internal Action<BasicProperties>? Change { get; init; }

    /// <summary>Who it says it is from; null when it says nothing that could be a name.</summary>
    internal string? Client => Values("Client-Id") is [var value, ..] && TextOf(value) is { } bytes
        ? Characters.Of(bytes)
        : null;

    /// <summary>Whether the header Pending-For is missing or whole seconds.</summary>
    internal bool MayWait => Values("Pending-For") is not [var value, ..] || value is >= 0
        || (TextOf(value) is { Length: > 0 } text && text.All(one => one is >= (byte)'0' and <= (byte)'9'));

    /// <summary>The values of a header, its name in any case; those that are nothing left out.</summary>
    internal IReadOnlyList<object> Values(string name) =>
    [
        .. Headers.Where(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
            .Select(header => header.Value).OfType<object>(),
    ];

    /// <summary>The bytes of a text; null when the value is none.</summary>
    internal static byte[]? TextOf(object value) => value switch
    {
        byte[] bytes => bytes,
        string text => Encoding.UTF8.GetBytes(text),
        BinaryTableValue binary => binary.Bytes,
        _ => null,
    };

    internal static Message Of(byte[] body, object? signature, object? client)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (signature is not null)
        {
            headers["Signature"] = Bytes(signature);
        }

        if (client is not null)
        {
            headers["Client-Id"] = Bytes(client);
        }

        return new Message { Body = body, Headers = headers };
    }

    static object Bytes(object value) => value is string text ? Encoding.UTF8.GetBytes(text) : value;
}
