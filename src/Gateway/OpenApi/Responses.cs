using System.Globalization;
using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>Every status with its headers and examples.</summary>
static class Responses
{
    static readonly (int Status, string Description, string[] Headers)[] Statuses =
    [
        (StatusCodes.Status200OK,
            "What was decided, by its rc. BILLER_SUSPECT_TRANSACTION: nobody knows yet; send it again.",
            [Wire.ReplayedHeader]),
        (StatusCodes.Status400BadRequest,
            "Not a request that HTTP allows; then the connection ends.", []),
        (StatusCodes.Status401Unauthorized,
            "The signature or the token is missing or wrong. Nothing was published.", ["WWW-Authenticate"]),
        (StatusCodes.Status404NotFound, "Another path, in whatever spelling.", []),
        (StatusCodes.Status405MethodNotAllowed, "Another method than POST.", ["Allow"]),
        (StatusCodes.Status406NotAcceptable, "Accept leaves out JSON.", []),
        (StatusCodes.Status408RequestTimeout, "The head or the body did not arrive in time.", []),
        (StatusCodes.Status413PayloadTooLarge, "The body is too large; its rest is not read.", []),
        (StatusCodes.Status414UriTooLong, "The first line is too long.", []),
        (StatusCodes.Status415UnsupportedMediaType, "The body is not said to be plain JSON.", []),
        (StatusCodes.Status431RequestHeaderFieldsTooLarge, "The headers are too large, or too many.", []),
        (StatusCodes.Status500InternalServerError, "The gateway failed; send it again.", []),
        (StatusCodes.Status501NotImplemented, "The body comes in another coding than in chunks.", []),
        (StatusCodes.Status503ServiceUnavailable,
            "Nothing was sent: RabbitMQ is away or takes nothing, or too many wait.", ["Retry-After"]),
        (StatusCodes.Status505HttpVersionNotsupported, "Another version of HTTP than 1.1 and 1.0.", []),
    ];

    /// <summary>What a preview says otherwise.</summary>
    static readonly Dictionary<int, string> OfPreview = new()
    {
        [StatusCodes.Status200OK] = "What would be decided, by its rc.",
        [StatusCodes.Status503ServiceUnavailable] =
            "Nothing was carried out: RabbitMQ is away, no worker answered in time or knows previews, or " +
            "too many wait.",
    };

    /// <param name="path">Its examples; those of paths that are not there stand with the first.</param>
    internal static JsonObject Of(string path) => new(Statuses.Select(one =>
        KeyValuePair.Create<string, JsonNode?>(
            one.Status.ToString(CultureInfo.InvariantCulture), Response(path, one))));

    static JsonObject Response(string path, (int Status, string Description, string[] Headers) one)
    {
        var isPreview = path is PreviewRequests.Path;
        var content = new JsonObject { ["schema"] = Schemas.Reference("ReversalAnswer") };
        Example[] examples =
        [
            .. Example.All.Where(example =>
                example.Status == one.Status && example.Path is PreviewRequests.Path == isPreview),
        ];
        if (examples.Length > 0)
        {
            content["examples"] = new JsonObject(examples.Select(example =>
                KeyValuePair.Create<string, JsonNode?>(example.Name, example.ToJson())));
        }

        return new JsonObject
        {
            ["description"] = isPreview
                ? OfPreview.GetValueOrDefault(one.Status, one.Description)
                : one.Description,
            ["headers"] = new JsonObject(one.Headers.Append("Deprecation").Append("Sunset").Select(name =>
                KeyValuePair.Create<string, JsonNode?>(
                    name, new JsonObject { ["$ref"] = $"#/components/headers/{name}" }))),
            ["content"] = new JsonObject { [Wire.ContentType] = content },
        };
    }
}
