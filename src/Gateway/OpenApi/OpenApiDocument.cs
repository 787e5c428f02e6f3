using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>
/// The gateway in the words of OpenAPI 3.1, made of the types that are written, the answers that are given,
/// and examples that a test sends.
/// </summary>
static class OpenApiDocument
{
    internal const string Path = "/openapi.json";

    const string Description =
        "The callers of before change the address and nothing else. A request is signed, carried out by a " +
        "worker behind RabbitMQ, and answered by what was decided. Send a request again, with the same " +
        "reference_id, whenever its end is not known: it is carried out once, and answered the same.";

    static readonly JsonSerializerOptions Writing = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static readonly byte[] Utf8 = Encoding.UTF8.GetBytes(Build().ToJsonString(Writing));

    internal static async Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = Wire.ContentType;
        context.Response.ContentLength = Utf8.Length;
        await context.Response.Body.WriteAsync(Utf8, context.RequestAborted);
    }

    static JsonObject Build() => new()
    {
        ["openapi"] = "3.1.1",
        ["info"] = new JsonObject
        {
            ["title"] = "Reversal gateway",
            ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version?.ToString(3),
            ["summary"] = "Takes back a payment, in whole or in part",
            ["description"] = Description,
            ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" },
        },
        ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
        ["security"] = new JsonArray(
            new JsonObject { ["signature"] = new JsonArray() },
            new JsonObject { ["signature"] = new JsonArray(), ["token"] = new JsonArray() }),
        ["tags"] = new JsonArray(new JsonObject
        {
            ["name"] = "reversal", ["description"] = "Payments that are taken back",
        }),
        ["paths"] = new JsonObject
        {
            [ReversalEndpoint.Path] = new JsonObject { ["post"] = Operations.Reverse() },
            [PreviewRequests.Path] = new JsonObject { ["post"] = Operations.Preview() },
        },
        ["components"] = new JsonObject
        {
            ["schemas"] = Schemas.All(),
            ["headers"] = Headers(),
            ["securitySchemes"] = SecuritySchemes(),
        },
    };

    static JsonObject Headers() => new()
    {
        ["Deprecation"] = Header(
            "Since when this endpoint is deprecated (RFC 9745), if that is set.", "@1767225600"),
        ["Sunset"] = Header(
            "When this endpoint goes away (RFC 8594), if that is set.", "Wed, 30 Jun 2027 23:59:59 GMT"),
        [Wire.ReplayedHeader] = Header("There, and true: the same request was answered before.", "true"),
        ["WWW-Authenticate"] = Header("What to authenticate with besides the signature.", "Bearer"),
        ["Allow"] = Header("The method to use.", "POST"),
        ["Retry-After"] = Header("Seconds to wait before the next try.", HttpAnswer.RetryAfterSeconds),
    };

    static JsonObject Header(string description, string example) => new()
    {
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = "string" },
        ["example"] = example,
    };

    static JsonObject SecuritySchemes() => new()
    {
        ["signature"] = new JsonObject
        {
            ["type"] = "apiKey",
            ["in"] = "header",
            ["name"] = Wire.SignatureHeader,
            ["description"] =
                "HMAC-SHA256 of the exact bytes of the body, with the client's API key, as 64 hexadecimal " +
                $"digits. With the key `{Example.Key}` the body `{Example.Base}` has the signature " +
                $"`{Example.Sign(Example.Base)}`.",
        },
        ["token"] = new JsonObject
        {
            ["type"] = "http",
            ["scheme"] = "bearer",
            ["description"] = "Needed once the gateway has a token configured; else not looked at.",
        },
    };
}
