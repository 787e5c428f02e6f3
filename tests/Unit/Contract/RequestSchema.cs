using System.Text.Json.Nodes;

namespace Reversals.Tests.Unit.Contract;

/// <summary>
/// The body of a request, as the worker takes it. Its type is a <c>ref struct</c>, which no exporter takes; so
/// a test compares the names with what the type writes, and another one the rules with what the worker reads.
/// </summary>
static class RequestSchema
{
    internal static JsonObject Create() => new()
    {
        ["title"] = "ReversalRequest",
        ["description"] = "What an upstream asks for. Give payment_ref, reference_id or both. Other fields are "
            + "ignored, but one of these names in other case is refused.",
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["payment_ref"] = Text(
                "The channel's reference of the payment, 1 to 64 printable ASCII characters.",
                "^ *([!-~]([ -~]{0,62}[!-~])?)? *$", "1234567890"),
            ["amount"] = new JsonObject
            {
                ["description"] = "What to take back, in IDR: above 0, at most 15 digits and two decimals. "
                    + "Left out: all that is left of the payment. Null or empty is refused.",
                ["type"] = new JsonArray("number", "string"),
                ["exclusiveMinimum"] = 0,
                ["exclusiveMaximum"] = 1_000_000_000_000_000,
                ["pattern"] = @"^ *(?!0(\.0{1,2})? *$)(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})? *$",
                ["examples"] = new JsonArray(10_000, "10000.50"),
            },
            ["reference_id"] = Text(
                "The request's own reference and idempotency key, 5 to 64 printable ASCII characters: the same "
                + "again has its effect once and is answered the same. Left out: payment_ref: and the payment_ref.",
                "^ *([!-~][ -~]{3,62}[!-~])? *$", "abcRef13456789"),
            ["virtual_account"] = Text(
                "10 digits, or 16 with the prefix.", "^ *([0-9]{10}|[0-9]{16})? *$", "1234567890"),
            ["channel"] = Text(
                "The channel the payment came through, at most 32 characters; bank_name counts as not given.",
                @"^ *([^ \u0000-\u001f]([^\u0000-\u001f]{0,30}[^ \u0000-\u001f])?)? *$", "bank_bsi"),
            ["prefix"] = Text("6 digits.", "^ *([0-9]{6})? *$", "857399"),
        },
        ["anyOf"] = new JsonArray(Given("payment_ref"), Given("reference_id")),
    };

    static JsonObject Text(string description, string pattern, string example) => new()
    {
        ["description"] = description,
        ["type"] = new JsonArray("string", "null"),
        ["pattern"] = pattern,
        ["examples"] = new JsonArray(example),
    };

    static JsonObject Given(string name) => new()
    {
        ["required"] = new JsonArray(name),
        ["properties"] = new JsonObject
        {
            [name] = new JsonObject { ["type"] = "string", ["pattern"] = "[^ ]" },
        },
    };
}
