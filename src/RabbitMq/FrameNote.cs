using System.Security.Cryptography;
using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>
/// What the socket saw of a message and the client library does not hand on. It travels among the headers
/// under a name that each process draws by lot, so that no sender can say it.
/// </summary>
sealed record FrameNote
{
    /// <summary>Name of the header.</summary>
    internal static readonly string Name = "note-" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    const string SizeField = "size", HashField = "sha256", HeadersField = "headers", NameField = "ambiguous";

    /// <summary>Bytes of a body that was too large, of which only the head came; null: all came.</summary>
    internal long? BodySize { get; init; }

    /// <summary>SHA-256 of all of that body.</summary>
    internal byte[]? BodyHash { get; init; }

    /// <summary>Bytes of headers that were too many or too large to be read; null: they came.</summary>
    internal long? HeaderBytes { get; init; }

    /// <summary>The header that came with two different values; null: none.</summary>
    internal string? Ambiguous { get; init; }

    /// <summary>The note of a message; null: there was nothing to say.</summary>
    internal static FrameNote? Of(IReadOnlyBasicProperties? properties) =>
        properties?.Headers is { } headers && headers.TryGetValue(Name, out var value)
            && value is IDictionary<string, object?> fields
            ? new FrameNote
            {
                BodySize = fields.TryGetValue(SizeField, out var size) ? size as long? : null,
                BodyHash = fields.TryGetValue(HashField, out var hash)
                    ? (hash as BinaryTableValue)?.Bytes
                    : null,
                HeaderBytes = fields.TryGetValue(HeadersField, out var bytes) ? bytes as long? : null,
                Ambiguous = fields.TryGetValue(NameField, out var name) && name is byte[] text
                    ? System.Text.Encoding.ASCII.GetString(text)
                    : null,
            }
            : null;

    /// <summary>Writes it as one more header.</summary>
    internal void WriteTo(HeaderWriter table)
    {
        var fields = new HeaderWriter();
        if (BodySize is { } size)
        {
            fields.Number(SizeField, size);
        }

        if (BodyHash is { } hash)
        {
            fields.Bytes(HashField, hash);
        }

        if (HeaderBytes is { } bytes)
        {
            fields.Number(HeadersField, bytes);
        }

        if (Ambiguous is { } name)
        {
            fields.Text(NameField, name);
        }

        table.Table(Name, fields);
    }
}
