using System.Text.Json;
using System.Text.Json.Serialization;

namespace Previous.Contracts;

/// <summary>The word of a <see cref="BillType"/>; a word of a later version is read as unknown.</summary>
public sealed class BillTypeConverter : JsonConverter<BillType>
{
    static readonly string[] Words = ["open", "close", "partial", "unknown"];

    /// <summary>What a word means; unknown when it is none of ours.</summary>
    public static BillType Of(string? word) =>
        Array.IndexOf(Words, word) is >= 0 and var place ? (BillType)place : BillType.Unknown;

    /// <inheritdoc/>
    public override BillType Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Of(EnumText.Read(ref reader));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, BillType value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(Words[(int)value]);
    }
}

/// <summary>The word of a <see cref="BillStatus"/>; a word of a later version is read as unknown.</summary>
public sealed class BillStatusConverter : JsonConverter<BillStatus>
{
    static readonly string[] Words = ["paid", "active", "void", "reversal", "expired", "unknown"];

    /// <summary>What a word means; unknown when it is none of ours.</summary>
    public static BillStatus Of(string? word) =>
        Array.IndexOf(Words, word) is >= 0 and var place ? (BillStatus)place : BillStatus.Unknown;

    /// <summary>The word of a state.</summary>
    public static string WordOf(BillStatus status) => Words[(int)status];

    /// <inheritdoc/>
    public override BillStatus Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Of(EnumText.Read(ref reader));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, BillStatus value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(WordOf(value));
    }
}

/// <summary>A string, or null for any other JSON value.</summary>
static class EnumText
{
    internal static string? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }
}
