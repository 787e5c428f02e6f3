using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using RabbitMQ.Client;
using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound;

/// <summary>Reads what an untrusted sender put into AMQP headers: any type, any size, any nesting.</summary>
static class AmqpHeaders
{
    /// <summary>
    /// Bytes of an AMQP short string. Bytes that are no UTF-8 become longer when they are read as text.
    /// </summary>
    const int LongestShortString = 255;

    /// <summary>
    /// A header as text, its name in whatever case; null when it is missing. What is no text – a table, a
    /// list, bytes that are not UTF-8 – is given as JSON, which no name and no signature looks like.
    /// </summary>
    internal static string? Text(IReadOnlyBasicProperties? properties, string name)
    {
        if (properties?.Headers is not { } headers)
        {
            return null;
        }

        if (headers.TryGetValue(name, out var exact) && exact is not null)
        {
            return Text(exact);
        }

        foreach (var (other, value) in headers)
        {
            if (value is not null && string.Equals(other, name, StringComparison.OrdinalIgnoreCase))
            {
                return Text(value);
            }
        }

        return null;
    }

    /// <summary>
    /// Which header of those that decide something stands here with two different values, its names alike but
    /// for their case; null: none does.
    /// </summary>
    internal static string? Ambiguous(IReadOnlyBasicProperties? properties)
    {
        if (properties?.Headers is not { Count: > 1 } headers)
        {
            return null;
        }

        // As the class that it is: an enumerator of the interface would be an allocation.
        var table = headers as Dictionary<string, object?> ?? new(headers, StringComparer.Ordinal);
        foreach (var name in HeaderTable.DecidingNames)
        {
            object? first = null;
            foreach (var (other, value) in table)
            {
                if (value is null || !string.Equals(other, name, StringComparison.OrdinalIgnoreCase))
                {
                    continue;
                }

                if (first is not null && !string.Equals(Text(first), Text(value), StringComparison.Ordinal))
                {
                    return name;
                }

                first ??= value;
            }
        }

        return null;
    }

    /// <summary>
    /// The AMQP correlation-id; null when it is missing, or cannot be stored and sent exactly as it came:
    /// what is changed on the way would answer nobody, or somebody else.
    /// </summary>
    internal static string? CorrelationId(IReadOnlyBasicProperties? properties) =>
        properties?.CorrelationId is { Length: > 0 and <= LongestShortString } id
            && !id.Contains('\0') && Encoding.UTF8.GetByteCount(id) <= LongestShortString
            ? id
            : null;

    /// <summary>
    /// Whether the broker says that it delivered the message before; among the dead letters it says so with a
    /// header only. A sender who says it of a new message has it looked up in vain.
    /// </summary>
    internal static bool WasDelivered(IReadOnlyBasicProperties? properties) =>
        properties?.Headers is { } headers
        && (headers.ContainsKey("x-death") || (headers.TryGetValue("x-delivery-count", out var count)
            && count is not (null or (byte)0 or (sbyte)0 or (short)0 or 0 or 0L)));

    /// <summary>
    /// On a kept message that is sent again: the time is that of its receipt, and its sender named none.
    /// </summary>
    internal const string TimeUnsaid = "x-time-unsaid";

    internal static bool IsTimeUnsaid(IReadOnlyBasicProperties? properties) =>
        properties?.Headers?.ContainsKey(TimeUnsaid) == true;

    /// <summary>The AMQP timestamp; null when it is missing or no time at all.</summary>
    internal static DateTimeOffset? SentAt(IReadOnlyBasicProperties? properties)
    {
        if (properties?.IsTimestampPresent() != true)
        {
            return null;
        }

        var seconds = properties.Timestamp.UnixTime;
        return seconds > 0 && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
    }

    /// <summary>
    /// About how many bytes all names and values take. Not by recursion: an untrusted sender chooses the
    /// depth.
    /// </summary>
    internal static int Size(IReadOnlyBasicProperties? properties)
    {
        var size = 0;
        var values = new Stack<object?>();
        values.Push(properties?.Headers);
        while (values.TryPop(out var value))
        {
            switch (value)
            {
                case null:
                    break;
                case byte[] bytes:
                    size += bytes.Length;
                    break;
                case BinaryTableValue binary:
                    size += binary.Bytes.Length;
                    break;
                case IEnumerable<KeyValuePair<string, object?>> table:
                    foreach (var (name, entry) in table)
                    {
                        if (string.Equals(name, FrameNote.Name, StringComparison.Ordinal))
                        {
                            continue;
                        }

                        size += name.Length;
                        values.Push(entry);
                    }

                    break;
                case IEnumerable list and not string:
                    foreach (var entry in list)
                    {
                        values.Push(entry);
                    }

                    break;
                default:
                    size += value is string text ? text.Length : sizeof(long);
                    break;
            }
        }

        return size;
    }

    static string Text(object value) => value switch
    {
        string text => text,
        byte[] bytes when Utf8.IsValid(bytes) => Encoding.UTF8.GetString(bytes),
        BinaryTableValue { Bytes: { } bytes } when Utf8.IsValid(bytes) => Encoding.UTF8.GetString(bytes),
        bool or sbyte or byte or short or ushort or int or uint or long or float or double or decimal =>
            Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => HeaderJson.Write(value),
    };
}
