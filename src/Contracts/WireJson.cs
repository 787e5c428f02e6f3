using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Reversals.Contracts;

/// <summary>How events and bill lines are written and read: snake_case, page order, IDR, +07:00.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(AmountConverter), typeof(TimeConverter)])]
[JsonSerializable(typeof(PaymentReversed))]
[JsonSerializable(typeof(ReversalRejected))]
[JsonSerializable(typeof(IReadOnlyList<Component>))]
public sealed partial class WireJson : JsonSerializerContext
{
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
        });
    }
}

/// <summary>
/// IDR: a JSON number without a fraction when whole, else with two digits.
/// A string that holds a number is read too.
/// </summary>
public sealed class AmountConverter : JsonConverter<decimal>
{
    /// <inheritdoc/>
    public override decimal Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType != JsonTokenType.String ? reader.GetDecimal()
        : decimal.TryParse(
            reader.GetString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var value) ? value
        : throw new JsonException("not a number");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (decimal.IsInteger(value))
        {
            writer.WriteNumberValue(decimal.ToInt64(value));
        }
        else
        {
            Span<byte> text = stackalloc byte[40];
            value.TryFormat(text, out var length, "0.00", CultureInfo.InvariantCulture);
            writer.WriteRawValue(text[..length], skipInputValidation: true);
        }
    }
}

/// <summary>Times with the fixed offset +07:00 and without a fraction; any ISO 8601 time is read.</summary>
public sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    /// <summary>Western Indonesia Time, which knows no summer time.</summary>
    static readonly TimeSpan Offset = TimeSpan.FromHours(7);

    /// <inheritdoc/>
    public override DateTimeOffset Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[32];
        value.ToOffset(Offset)
            .TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>A quantity: a JSON number as exact as it was stored; read from a string too.</summary>
public sealed class QuantityConverter : JsonConverter<decimal>
{
    /// <summary>Dividing by it keeps the value and drops the zeros behind it.</summary>
    const decimal WithoutTrailingZeros = 1.0000000000000000000000000000m;

    static readonly AmountConverter Amount = new();

    /// <inheritdoc/>
    public override decimal Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Amount.Read(ref reader, typeToConvert, options);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNumberValue(value / WithoutTrailingZeros);
    }
}

/// <summary>A string that may also have been stored as a number, or not at all.</summary>
public sealed class TextConverter : JsonConverter<string>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return value.RootElement.ValueKind == JsonValueKind.Number
            ? value.RootElement.GetRawText()
            : value.RootElement.GetString() ?? "";
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value);
    }
}
