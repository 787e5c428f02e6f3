using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Previous.Contracts;

/// <summary>
/// One line of a bill. Billers store what they like here. A line has the specification's shape when it has
/// its five fields, each a string or a number, and a plain number as <c>qty</c>; then it is written with
/// <c>qty</c> as a number and the others as strings. Any other line is written as the biller stored it.
/// </summary>
[JsonConverter(typeof(ComponentConverter))]
public sealed record Component
{
    /// <summary>Id of the line; empty: see <see cref="Stored"/>.</summary>
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>Name of the line; empty: see <see cref="Stored"/>.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>How many; null: no plain number, see <see cref="Stored"/>.</summary>
    public decimal? Qty { get; init; }

    /// <summary>Price of one, as text; empty: see <see cref="Stored"/>.</summary>
    public string Price { get; init => field = value ?? ""; } = "";

    /// <summary>Price of all, as text; empty: see <see cref="Stored"/>.</summary>
    public string Total { get; init => field = value ?? ""; } = "";

    /// <summary>
    /// The line as the biller stored it, any JSON value, when it is not of the specification's shape; the
    /// other properties then hold what could be read of it. Null: they say all.
    /// </summary>
    public JsonElement? Stored { get; init; }
}

/// <summary>Reads any line and changes none that is not of the specification's shape.</summary>
public sealed class ComponentConverter : JsonConverter<Component>
{
    /// <summary>Dividing by it keeps the value and drops the zeros behind it.</summary>
    const decimal WithoutTrailingZeros = 1.0000000000000000000000000000m;

    /// <summary>So many characters hold no more digits than a decimal does.</summary>
    const int MostDigits = 28;

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override Component Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var line = JsonElement.ParseValue(ref reader);
        if (line.ValueKind != JsonValueKind.Object)
        {
            return new Component { Stored = line };
        }

        var (id, name) = (Text(line, "id"), Text(line, "name"));
        var (price, total) = (Text(line, "price"), Text(line, "total"));
        var qty = Quantity(line);
        var hasShape = id is not null && name is not null && price is not null && total is not null
            && qty is not null;
        return new Component
        {
            Id = id ?? "",
            Name = name ?? "",
            Qty = qty,
            Price = price ?? "",
            Total = total ?? "",
            Stored = hasShape ? null : line,
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Component value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        if (value.Stored is { } stored)
        {
            stored.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("id", value.Id);
        writer.WriteString("name", value.Name);
        writer.WritePropertyName("qty");
        if (value.Qty is { } qty)
        {
            writer.WriteNumberValue(qty / WithoutTrailingZeros);
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WriteString("price", value.Price);
        writer.WriteString("total", value.Total);
        writer.WriteEndObject();
    }

    static string? Text(JsonElement line, string name) =>
        !line.TryGetProperty(name, out var value) ? null
        : value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };

    /// <summary>
    /// A string counts only when the number has the same digits: <c>1.000</c> is a thousand in Indonesia, and
    /// <c>1,5</c> is one and a half.
    /// </summary>
    static decimal? Quantity(JsonElement line)
    {
        const NumberStyles plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (Text(line, "qty") is not { Length: <= MostDigits } text
            || !decimal.TryParse(text, plain, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        number /= WithoutTrailingZeros;
        return line.GetProperty("qty").ValueKind == JsonValueKind.Number
            || string.Equals(number.ToString(CultureInfo.InvariantCulture), text, StringComparison.Ordinal)
                ? number
                : null;
    }
}
