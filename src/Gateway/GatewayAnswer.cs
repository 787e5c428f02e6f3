using Reversals.Contracts;
using RcCode = Reversals.Contracts.Rc;

namespace Reversals.Gateway;

/// <summary>What the gateway tells a caller by itself, without data; the worker decides the rest.</summary>
sealed record GatewayAnswer(int Status, string Rc, string Message)
{
    internal static readonly GatewayAnswer Suspect = new(
        StatusCodes.Status200OK, RcCode.SuspectTransaction,
        "not sure whether it was applied; send it again with the same reference_id");

    internal static readonly GatewayAnswer Unreadable = Invalid(
        StatusCodes.Status400BadRequest, "the request cannot be read");

    internal static readonly GatewayAnswer TokenWrong = Unauthorized("the token is missing or wrong");

    internal static readonly GatewayAnswer ClientAmbiguous = Unauthorized(Reason.ClientUnknown.Message);

    internal static readonly GatewayAnswer SignatureMissing = Unauthorized(Reason.SignatureMissing.Message);

    internal static readonly GatewayAnswer SignatureInvalid = Unauthorized(Reason.SignatureInvalid.Message);

    internal static readonly GatewayAnswer NotFound = Invalid(
        StatusCodes.Status404NotFound, "no such path");

    internal static readonly GatewayAnswer NotAllowed = Invalid(
        StatusCodes.Status405MethodNotAllowed, "this path does not take this method");

    internal static readonly GatewayAnswer NotAcceptable = Invalid(
        StatusCodes.Status406NotAcceptable, $"the answer is {Wire.ContentType} only");

    internal static readonly GatewayAnswer TooSlow = Invalid(
        StatusCodes.Status408RequestTimeout, "the body did not arrive in time");

    internal static readonly GatewayAnswer TooLarge = Invalid(
        StatusCodes.Status413PayloadTooLarge, $"the body is larger than {Wire.MaxBodyBytes} bytes");

    internal static readonly GatewayAnswer NotJson = Invalid(
        StatusCodes.Status415UnsupportedMediaType, $"the body must be {Wire.ContentType}");

    internal static readonly GatewayAnswer HeadTooSlow = TooSlow with
    {
        Message = "the head of the request did not arrive in time",
    };

    internal static readonly GatewayAnswer AddressTooLong = Invalid(
        StatusCodes.Status414UriTooLong, "the first line of the request is too long");

    internal static readonly GatewayAnswer HeadTooLarge = Invalid(
        StatusCodes.Status431RequestHeaderFieldsTooLarge, "the headers are too large, or too many");

    internal static readonly GatewayAnswer OtherCoding = Invalid(
        StatusCodes.Status501NotImplemented, "a body comes with its length or in chunks");

    internal static readonly GatewayAnswer OtherVersion = Invalid(
        StatusCodes.Status505HttpVersionNotsupported, "HTTP/1.1 or 1.0 only");

    /// <summary>Nobody reads it any more; whatever was published is carried out.</summary>
    internal static readonly GatewayAnswer CallerGone = new(
        StatusCodes.Status499ClientClosedRequest, RcCode.SuspectTransaction, "the caller is gone");

    internal static readonly GatewayAnswer Failed = Suspect with
    {
        Status = StatusCodes.Status500InternalServerError,
    };

    internal static readonly GatewayAnswer TooMany = Unavailable("too many requests wait for their answers");

    internal static readonly GatewayAnswer NotSent = Unavailable(
        "the queue is out of reach, nothing was sent");

    internal static readonly GatewayAnswer NotTaken = Unavailable(
        "the queue takes nothing, nothing was sent");

    /// <summary>The gateway's own fault; a preview changes nothing, so nothing is in doubt.</summary>
    internal static readonly GatewayAnswer PreviewFailed = new(
        StatusCodes.Status500InternalServerError, RcCode.GatewayInvalidResponse,
        "the preview failed, nothing was carried out");

    internal static readonly GatewayAnswer PreviewNotAsked = Unavailable(
        "no worker can be asked for a preview, nothing was carried out");

    internal static readonly GatewayAnswer PreviewNotAnswered = Unavailable(
        "no worker answered the preview in time, nothing was carried out");

    /// <summary>What the server refused by itself, with this status.</summary>
    internal static GatewayAnswer OfServer(int status) => status switch
    {
        StatusCodes.Status405MethodNotAllowed => NotAllowed,
        StatusCodes.Status408RequestTimeout => HeadTooSlow,
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        StatusCodes.Status414UriTooLong => AddressTooLong,
        StatusCodes.Status431RequestHeaderFieldsTooLarge => HeadTooLarge,
        StatusCodes.Status505HttpVersionNotsupported => OtherVersion,
        _ => Unreadable with { Status = status },
    };

    static GatewayAnswer Invalid(int status, string message) =>
        new(status, RcCode.InvalidTransaction, message);

    static GatewayAnswer Unauthorized(string message) =>
        new(StatusCodes.Status401Unauthorized, RcCode.Authentication, message);

    static GatewayAnswer Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, RcCode.GatewayInvalidResponse, message);
}
