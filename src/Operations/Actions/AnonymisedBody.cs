using System.Text.Encodings.Web;
using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Operations.Actions;

/// <summary>
/// The body of an event without what it says about a customer. Ids, amounts, times and states stay as they
/// are, byte by byte, and so does its shape: every reader of the contract reads it.
/// </summary>
static class AnonymisedBody
{
    const string AccountNumber = "va_number";

    /// <summary>Digits of an account that stay, as wherever accounts are shown.</summary>
    const int ShownDigits = 4;

    static readonly string[] Empty = ["name", "customer_name"];

    static readonly string[] Null =
    [
        "customer_email", "customer_phone", "customer_address", "description", "ext_description",
        "additional_data",
    ];

    static readonly JsonDocumentOptions Reading = new() { MaxDepth = WireJson.MaxDepth };

    static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = WireJson.MaxDepth,
    };

    /// <summary>Null: it is no JSON object.</summary>
    internal static byte[]? Of(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Reading);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            using var output = new MemoryStream(body.Length);
            using (var writer = new Utf8JsonWriter(output, Writing))
            {
                WriteEvent(writer, document.RootElement);
            }

            return output.ToArray();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static void WriteEvent(Utf8JsonWriter writer, JsonElement root)
    {
        writer.WriteStartObject();
        foreach (var field in root.EnumerateObject())
        {
            writer.WritePropertyName(field.Name);
            if (field.NameEquals("data"u8) && field.Value.ValueKind == JsonValueKind.Object)
            {
                WriteBill(writer, field.Value);
            }
            else
            {
                writer.WriteRawValue(field.Value.GetRawText(), skipInputValidation: true);
            }
        }

        writer.WriteEndObject();
    }

    static void WriteBill(Utf8JsonWriter writer, JsonElement bill)
    {
        writer.WriteStartObject();
        foreach (var field in bill.EnumerateObject())
        {
            writer.WritePropertyName(field.Name);
            switch (field.Name)
            {
                case AccountNumber:
                    writer.WriteStringValue(LastDigits(field.Value));
                    break;
                case "components":
                    writer.WriteStartArray();
                    writer.WriteEndArray();
                    break;
                case var name when Empty.Contains(name, StringComparer.Ordinal):
                    writer.WriteStringValue("");
                    break;
                case var name when Null.Contains(name, StringComparer.Ordinal):
                    writer.WriteNullValue();
                    break;
                default:
                    writer.WriteRawValue(field.Value.GetRawText(), skipInputValidation: true);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>As long as it was: the contract has sixteen digits.</summary>
    static string LastDigits(JsonElement value)
    {
        var number = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return number.Length > ShownDigits ? number[^ShownDigits..].PadLeft(number.Length, '0') : number;
    }
}
