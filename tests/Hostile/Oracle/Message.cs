using System.Text;

namespace Reversals.Tests.Hostile.Oracle;

/// <summary>What is sent, to the byte.</summary>
sealed record Message
{
    internal required byte[] Body { get; init; }

    /// <summary>The application headers; texts as the bytes they are on the wire.</summary>
    internal required IReadOnlyDictionary<string, object?> Headers { get; init; }

    /// <summary>Who it says it is from; null when it says nothing that could be a name.</summary>
    internal string? Client =>
        Headers.GetValueOrDefault("Client-Id") is byte[] bytes ? Characters.Of(bytes) : null;

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
