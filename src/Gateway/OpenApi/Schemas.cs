using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Reversals.Contracts;
using RcCode = Reversals.Contracts.Rc;

namespace Reversals.Gateway.OpenApi;

/// <summary>
/// What is sent and what comes back. The bill is described as its type is written: its fields, their order
/// and which are always there.
/// </summary>
static class Schemas
{
    static readonly JsonSchemaExporterOptions Exporting = new()
    {
        TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe,
    };

    /// <summary>Every result code.</summary>
    internal static readonly string[] Codes =
    [
        .. typeof(RcCode).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!),
    ];

    internal static JsonObject All() => new()
    {
        ["ReversalRequest"] = Request(),
        ["ReversalAnswer"] = Answer(),
        ["Payment"] = WireJson.Instance.Options.GetJsonSchemaAsNode(typeof(Payment), Exporting),
    };

    internal static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    static JsonObject Request() => new()
    {
        ["type"] = "object",
        ["description"] = "Give payment_ref, reference_id or both. Unknown fields are ignored; a field " +
            "that is null or empty counts as left out, but for amount, which must be left out itself.",
        ["properties"] = new JsonObject
        {
            ["payment_ref"] = Text("The channel's reference of the payment.", "1234567890", 1, 64),
            ["amount"] = new JsonObject
            {
                ["description"] = "What to take back, in IDR: above 0, at most 15 digits and two decimals. " +
                    "Left out: all that is left of the payment.",
                ["type"] = new JsonArray("number", "string"),
                ["examples"] = new JsonArray(10_000, "10000.50"),
            },
            ["reference_id"] = Text(
                "The key of this request: the same again is answered the same, and is carried out once.",
                "abcRef13456789", 5, 64),
            ["virtual_account"] = Text("10 digits, or 16 with the prefix.", "1234567890", 10, 16),
            ["channel"] = Text("The channel that the payment came through.", "bank_name", 1, 32),
            ["prefix"] = Text("6 digits.", "857399", 6, 6),
        },
    };

    static JsonObject Answer() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("rc", "message", "timestamp", "data"),
        ["properties"] = new JsonObject
        {
            ["rc"] = new JsonObject
            {
                ["description"] = "The result; branch on it.",
                ["type"] = "string",
                ["enum"] = new JsonArray([.. Codes.Select(code => JsonValue.Create(code))]),
            },
            ["message"] = new JsonObject
            {
                ["description"] = "For people.", ["type"] = "string", ["examples"] = new JsonArray("success"),
            },
            ["timestamp"] = Time("When it was decided."),
            ["data"] = new JsonObject
            {
                ["description"] = "The bill as it is now; null: none is told.",
                ["anyOf"] = new JsonArray(Reference("Payment"), new JsonObject { ["type"] = "null" }),
            },
        },
    };

    static JsonObject Text(string description, string example, int shortest, int longest) => new()
    {
        ["description"] = description,
        ["type"] = new JsonArray("string", "null"),
        ["minLength"] = shortest,
        ["maxLength"] = longest,
        ["examples"] = new JsonArray(example),
    };

    static JsonObject Time(string? description) => new()
    {
        ["description"] = description,
        ["type"] = "string",
        ["format"] = "date-time",
        ["examples"] = new JsonArray("2022-04-05T13:32:08+07:00"),
    };

    /// <summary>The converters of the wire say nothing of what they write, so it is said here.</summary>
    static JsonObject Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        var description = context.PropertyInfo?.AttributeProvider is MemberInfo member
            ? FieldTexts.Of(member)
            : null;
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(DateTimeOffset))
        {
            return Time(description);
        }

        var written = type == typeof(decimal) ? new JsonObject { ["type"] = "number" }
            : type == typeof(BillType) ? Words(Enum.GetValues<BillType>())
            : type == typeof(BillStatus) ? Words(Enum.GetValues<BillStatus>())
            : type == typeof(Component) ? Line()
            : schema as JsonObject ?? [];
        if (description is not null)
        {
            written.Insert(0, "description", description);
        }

        return written;
    }

    static JsonObject Words<T>(T[] values)
        where T : struct, Enum => new()
    {
        ["type"] = "string",
        ["enum"] = new JsonArray([.. values.Select(value => JsonValue.Create(FieldTexts.WordOf(value)))]),
    };

    /// <summary>No type: a line of another shape is written as the biller stored it.</summary>
    static JsonObject Line() => new()
    {
        ["description"] = "A line of the bill, with these fields or as the biller stored it.",
        ["properties"] = new JsonObject
        {
            ["id"] = new JsonObject { ["type"] = "string" },
            ["name"] = new JsonObject { ["type"] = "string" },
            ["qty"] = new JsonObject { ["type"] = "number" },
            ["price"] = new JsonObject { ["type"] = "string" },
            ["total"] = new JsonObject { ["type"] = "string" },
        },
    };
}
