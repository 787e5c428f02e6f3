using System.Text;
using System.Text.Json;
using Reversals.Contracts;
using Reversals.Gateway.OpenApi;
using Reversals.Processing.Inbound;

namespace Reversals.Tests.Unit;

/// <summary>The document says what the biller API specification says, and what the gateway adds.</summary>
public sealed class OpenApiTests
{
    static readonly JsonElement Document = JsonElement.Parse(OpenApiDocument.Utf8);

    static JsonElement Operation => Document.GetProperty("paths").GetProperty("/reversal").GetProperty("post");

    static JsonElement Schemas => Document.GetProperty("components").GetProperty("schemas");

    [Fact]
    public void It_is_of_OpenAPI_3_1_and_has_the_reversal_and_its_preview()
    {
        Document.GetProperty("openapi").GetString()!.ShouldStartWith("3.1.");
        Names(Document.GetProperty("paths")).ShouldBe(["/reversal", "/reversal/preview"]);
        foreach (var path in Document.GetProperty("paths").EnumerateObject())
        {
            var operation = path.Value.GetProperty("post");
            operation.GetProperty("deprecated").GetBoolean().ShouldBeTrue();
            Names(operation.GetProperty("responses")).ShouldBe(
                ["200", "400", "401", "404", "405", "406", "408", "413", "414", "415", "431", "500", "501", "503", "505"]);
        }
    }

    [Fact]
    public void A_request_has_the_fields_of_the_specification_in_its_order() =>
        Names(Schemas.GetProperty("ReversalRequest").GetProperty("properties")).ShouldBe(
            ["payment_ref", "amount", "reference_id", "virtual_account", "channel", "prefix"]);

    /// <summary>Each field in turn, beside what the request needs.</summary>
    [Fact]
    public void A_field_may_be_null_as_far_as_a_worker_takes_it_for_left_out()
    {
        foreach (var field in Schemas.GetProperty("ReversalRequest").GetProperty("properties").EnumerateObject())
        {
            var other = field.Name is "payment_ref" ? "reference_id" : "payment_ref";
            var body = Encoding.UTF8.GetBytes($$"""{"{{other}}":"1234567890","{{field.Name}}":null}""");
            var read = RequestReader.Read(new ReversalRequested { Body = body }, Some.Client, Some.Now);
            var mayBeNull = field.Value.GetProperty("type").EnumerateArray().Any(type => type.GetString() is "null");
            (read.Rejection is null).ShouldBe(mayBeNull, field.Name);
        }
    }

    [Fact]
    public void An_answer_has_the_fields_of_the_specification_in_its_order()
    {
        Names(Schemas.GetProperty("ReversalAnswer").GetProperty("properties")).ShouldBe(
            ["rc", "message", "timestamp", "data"]);
        var bill = Schemas.GetProperty("Payment");
        Names(bill.GetProperty("properties")).ShouldBe(
            [
                "hash", "va_number", "invoice_number", "type", "transaction_ref_id", "name", "customer_name",
                "customer_email", "customer_phone", "customer_address", "total_amount", "billed_amount",
                "paid_amount", "status", "ext_description", "description", "valid_until", "created_at",
                "components", "additional_data", "payment",
            ]);
        // What the specification calls required is always there.
        bill.GetProperty("required").EnumerateArray().Select(name => name.GetString()).ShouldBe(
            [
                "hash", "va_number", "invoice_number", "type", "transaction_ref_id", "name", "customer_name",
                "total_amount", "billed_amount", "paid_amount", "status", "valid_until", "created_at", "components",
            ]);
        bill.GetProperty("properties").EnumerateObject().ShouldAllBe(field =>
            field.Value.GetProperty("description").GetString()!.Length > 5);
    }

    [Fact]
    public void It_knows_every_result_code()
    {
        string[] known =
        [
            .. Schemas.GetProperty("ReversalAnswer").GetProperty("properties").GetProperty("rc").GetProperty("enum")
                .EnumerateArray().Select(code => code.GetString()!),
        ];
        known.ShouldBe(typeof(Rc).GetFields().Select(field => (string)field.GetRawConstantValue()!));
        Reason.All.ShouldAllBe(reason => known.Contains(reason.Rc, StringComparer.Ordinal));
    }

    [Fact]
    public void Words_are_those_of_the_wire()
    {
        var bill = Schemas.GetProperty("Payment").GetProperty("properties");
        Words(bill.GetProperty("type")).ShouldBe(["open", "close", "partial", "unknown"]);
        Words(bill.GetProperty("status")).ShouldBe(["paid", "active", "void", "reversal", "expired", "unknown"]);
    }

    [Fact]
    public void Whoever_asks_signs_and_may_have_to_show_a_token()
    {
        var schemes = Document.GetProperty("components").GetProperty("securitySchemes");
        schemes.GetProperty("signature").GetProperty("name").GetString().ShouldBe("Signature");
        schemes.GetProperty("signature").GetProperty("description").GetString()!.ShouldContain(
            "28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867");
        schemes.GetProperty("token").GetProperty("scheme").GetString().ShouldBe("bearer");
        Document.GetProperty("security").EnumerateArray().ShouldAllBe(one => Names(one).Contains("signature", StringComparer.Ordinal));
    }

    static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(one => one.Name)];

    static string?[] Words(JsonElement schema) =>
        [.. schema.GetProperty("enum").EnumerateArray().Select(word => word.GetString())];
}
