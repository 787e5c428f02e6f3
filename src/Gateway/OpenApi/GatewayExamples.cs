using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>What must be so before some examples are sent.</summary>
static class Givens
{
    internal const string BillUnchangeable = "the biller's database refuses to change this bill";
    internal const string NoWorker = "no worker runs";
    internal const string TokenConfigured = "a token is configured";
    internal const string BodyStops = "the body never ends";
    internal const string BrokerAway = "RabbitMQ is away";
    internal const string PlacesTaken = "as many callers wait as may";
}

/// <summary>What the gateway tells by itself.</summary>
static class GatewayExamples
{
    internal static readonly Example[] All =
    [
        Of("suspect", "No answer in time", GatewayAnswer.Suspect) with { Given = Givens.NoWorker },
        Of("signature-missing", "Without a signature", GatewayAnswer.SignatureMissing) with
        {
            Headers = With(Wire.SignatureHeader, null),
        },
        Of("signature-wrong", "Signed by nobody", GatewayAnswer.SignatureInvalid) with
        {
            Headers = With(Wire.SignatureHeader, new string('0', 64)),
        },
        Of("token-wrong", "Another token than the one configured", GatewayAnswer.TokenWrong) with
        {
            Headers = With("Authorization", "Bearer wrong"), Given = Givens.TokenConfigured,
        },
        Of("other-path", "A path that is not there", GatewayAnswer.NotFound) with { Path = "/reversals" },
        Of("other-method", "Another method", GatewayAnswer.NotAllowed) with { Method = HttpMethods.Get },
        Of("other-answer", "Another answer than JSON", GatewayAnswer.NotAcceptable) with
        {
            Headers = With("Accept", "text/html"),
        },
        Of("too-slow", "A body that stops half way", GatewayAnswer.TooSlow) with { Given = Givens.BodyStops },
        Of("too-large", "A byte more than is read", GatewayAnswer.TooLarge) with
        {
            BodyBytes = Wire.MaxBodyBytes + 1,
        },
        Of("other-body", "Another body than JSON", GatewayAnswer.NotJson) with
        {
            Headers = With("Content-Type", "text/plain"),
        },
        Of("away", "RabbitMQ cannot be reached", GatewayAnswer.NotSent) with { Given = Givens.BrokerAway },
        Of("too-many", "Too many callers wait", GatewayAnswer.TooMany) with { Given = Givens.PlacesTaken },
    ];

    internal static Example Of(string name, string summary, GatewayAnswer told) => new()
    {
        Name = name,
        Summary = summary,
        Status = told.Status,
        Rc = told.Rc,
        Message = told.Message,
    };

    internal static Dictionary<string, string?> With(string name, string? value) =>
        new(StringComparer.Ordinal) { [name] = value };
}
