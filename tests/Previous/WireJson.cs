using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Previous.Contracts;

/// <summary>
/// How events and bill lines are written. Names, amounts and times are settled by attributes on the types,
/// so that they read the same with any other options of System.Text.Json.
/// </summary>
[JsonSerializable(typeof(PaymentReversed))]
[JsonSerializable(typeof(ReversalRejected))]
[JsonSerializable(typeof(Component))]
[JsonSerializable(typeof(IReadOnlyList<Component>))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>
    /// How deep an event may be nested: deeper than PostgreSQL lets a biller store it. Nothing recurses, so
    /// depth costs no stack.
    /// </summary>
    public const int MaxDepth = 100_000;

    /// <summary>
    /// The settings to use. Non-ASCII text and <c>+</c> stay as they are: the bodies are
    /// JSON documents, never parts of an HTML page.
    /// </summary>
    public static WireJson Instance => Relaxed.Settings;

    /// <summary>A class of its own, so that it is made after the generated defaults it copies.</summary>
    static class Relaxed
    {
        internal static readonly WireJson Settings = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = MaxDepth,
        });
    }
}

/// <summary>
/// IDR: a JSON number without a fraction when whole, else with two digits.
/// A string that holds a plain number is read too: digits, perhaps a sign and a decimal point.
/// </summary>
public sealed class AmountConverter : JsonConverter<decimal>
{
    const NumberStyles Plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    /// <inheritdoc/>
    public override decimal Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType != JsonTokenType.String ? reader.GetDecimal()
        : decimal.TryParse(
            reader.GetString(), Plain, CultureInfo.InvariantCulture, out var value) ? value
        : throw new JsonException("not a number");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Write(writer, value);
    }

    internal static void Write(Utf8JsonWriter writer, decimal value)
    {
        if (decimal.IsInteger(value))
        {
            writer.WriteNumberValue(decimal.Truncate(value));
        }
        else
        {
            Span<byte> text = stackalloc byte[40];
            value.TryFormat(text, out var length, "0.00", CultureInfo.InvariantCulture);
            writer.WriteRawValue(text[..length], skipInputValidation: true);
        }
    }
}

/// <summary>
/// Times with the fixed offset +07:00 and without a fraction; any ISO 8601 time is read. What is later than
/// <see cref="Latest"/> is written as that.
/// </summary>
public sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    /// <summary>Western Indonesia Time, which knows no summer time.</summary>
    static readonly TimeSpan Offset = TimeSpan.FromHours(7);

    /// <summary>The last second of the year 9999 in Indonesia: stands for everything later.</summary>
    public static readonly DateTimeOffset Latest = new(9999, 12, 31, 23, 59, 59, Offset);

    /// <inheritdoc/>
    public override DateTimeOffset Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[32];
        (value < Latest ? value.ToOffset(Offset) : Latest)
            .TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}
