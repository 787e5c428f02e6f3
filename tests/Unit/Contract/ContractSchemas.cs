using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Reversals.Contracts;
using RcCode = Reversals.Contracts.Rc;

namespace Reversals.Tests.Unit.Contract;

/// <summary>
/// JSON Schemas of what is on the wire, made from the types. They are as open as the compatibility rule: fields
/// may be added, and a list of words (<c>x-extensible-enum</c>) may grow. Required is what the first version
/// of the package wrote already, since events that were stored then are published again as they are.
/// </summary>
static class ContractSchemas
{
    const string Time = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$";

    static readonly Type[] FirstVersion =
    [
        typeof(Previous.Contracts.PaymentReversed), typeof(Previous.Contracts.ReversalRejected),
        typeof(Previous.Contracts.Payment), typeof(Previous.Contracts.PaymentDetail),
    ];

    /// <summary>Each schema under the name of its exchange.</summary>
    internal static readonly IReadOnlyDictionary<string, JsonObject> All =
        new Dictionary<string, JsonObject>(StringComparer.Ordinal)
        {
            [Wire.RequestExchange] = RequestSchema.Create(),
            [Wire.PaymentReversedExchange] = Of<PaymentReversed>(),
            [Wire.ReversalRejectedExchange] = Of<ReversalRejected>(),
        };

    /// <summary>The schema as a document of its own.</summary>
    internal static JsonObject Document(string name)
    {
        var document = All[name].DeepClone().AsObject();
        document.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        document.Insert(1, "$id", $"urn:reversals:contracts:{name}");
        return document;
    }

    /// <summary>The name of a property on the wire.</summary>
    internal static string? NameOf(MemberInfo member) =>
        member.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name;

    static JsonObject Of<T>()
        where T : ReversalEvent
    {
        var schema = Export(typeof(T), WireJson.Instance.Options, Describe);
        schema.Insert(0, "title", typeof(T).Name);
        schema.Insert(1, "description", TypeTexts.Of(typeof(T)));
        return schema;

        JsonNode Describe(JsonSchemaExporterContext context, JsonNode node) =>
            ContractSchemas.Describe(context, node, isReversal: typeof(T) == typeof(PaymentReversed));
    }

    static JsonObject Export(
        Type type, JsonSerializerOptions options, Func<JsonSchemaExporterContext, JsonNode, JsonNode> describe) =>
        options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true, TransformSchemaNode = describe,
        }).AsObject();

    /// <summary>The converters of the wire say nothing of what they write, so it is said here.</summary>
    static JsonObject Describe(JsonSchemaExporterContext context, JsonNode schema, bool isReversal)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var written = Written(context.PropertyInfo, type, schema, isReversal);
        if (context.PropertyInfo is not { AttributeProvider: MemberInfo member } property)
        {
            return written;
        }

        if (property.IsGetNullable && written["type"] is JsonValue one)
        {
            written["type"] = new JsonArray(one.GetValue<string>(), "null");
        }

        written.Insert(0, "description", TypeTexts.Of(member));
        return written;
    }

    static JsonObject Written(JsonPropertyInfo? property, Type type, JsonNode schema, bool isReversal) =>
        (property?.Name, type.Name) switch
        {
            (_, nameof(Component)) => Line(),
            (_, nameof(Decimal)) => new JsonObject { ["type"] = "number" },
            (_, nameof(DateTimeOffset)) => new JsonObject
            {
                ["type"] = "string", ["format"] = "date-time", ["pattern"] = Time,
            },
            (_, nameof(BillType)) => Words(Enum.GetValues<BillType>().Select(Word), "^[a-z_]+$"),
            (_, nameof(BillStatus)) => Words(Enum.GetValues<BillStatus>().Select(Word), "^[a-z_]+$"),
            ("rc", _) => Words(Reasons(isReversal).Select(reason => reason.Rc), "^[A-Z_]+$"),
            ("reason", _) => Words(Reasons(isReversal).Select(reason => reason.Code), "^[A-Z_]+$"),
            ("event", _) => Constant(isReversal ? PaymentReversed.Kind : ReversalRejected.Kind),
            // A string only in the reversal inside a bill; that of the bill is a BillType.
            ("type", nameof(String)) => Constant("reversal"),
            ("va_number", _) => new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]{16}$" },
            _ => Object(type, schema),
        };

    static JsonObject Object(Type type, JsonNode schema)
    {
        var written = schema as JsonObject ?? [];
        var first = FirstVersion.FirstOrDefault(one => one.Name.Equals(type.Name, StringComparison.Ordinal));
        if (first is not null && written["properties"] is JsonObject properties)
        {
            var names = first.GetProperties().Select(NameOf).ToHashSet(StringComparer.Ordinal);
            written["required"] = new JsonArray(
                [.. properties.Select(one => one.Key).Where(names.Contains).Select(name => (JsonNode)name)]);
        }

        return written;
    }

    static IEnumerable<Reason> Reasons(bool isReversal) => Reason.All.Where(reason =>
        reason.Rc.Equals(RcCode.Success, StringComparison.Ordinal) == isReversal
        && (reason == Reason.InternalError || !Reason.Causes.Contains(reason)));

    static string Word<T>(T value)
        where T : struct, Enum =>
        JsonSerializer.SerializeToElement(value, WireJson.Instance.Options).GetString()!;

    static JsonObject Words(IEnumerable<string> words, string pattern) => new()
    {
        ["type"] = "string",
        ["pattern"] = pattern,
        ["x-extensible-enum"] = new JsonArray(
            [.. words.Distinct(StringComparer.Ordinal).Select(word => (JsonNode)word)]),
    };

    static JsonObject Constant(string value) => new() { ["type"] = "string", ["const"] = value };

    /// <summary>The second way is open: a line of another shape is written as the biller stored it.</summary>
    static JsonObject Line()
    {
        string[] fields = ["id", "name", "qty", "price", "total"];
        return new JsonObject
        {
            ["description"] = TypeTexts.Of(typeof(Component)),
            ["anyOf"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject(fields.Select(name => KeyValuePair.Create<string, JsonNode?>(
                        name, new JsonObject { ["type"] = name is "qty" ? "number" : "string" }))),
                    ["required"] = new JsonArray([.. fields.Select(name => (JsonNode)name)]),
                },
                new JsonObject()),
        };
    }
}
