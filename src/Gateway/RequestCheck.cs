using System.Buffers;
using Microsoft.Net.Http.Headers;
using Reversals.Contracts;

namespace Reversals.Gateway;

/// <summary>What came of the look at a request.</summary>
abstract record CheckedRequest
{
    /// <summary>It is told so and goes nowhere.</summary>
    internal sealed record Refused(int Status, string Rc, string Message) : CheckedRequest;

    /// <summary>Its body, byte by byte, is signed by this client.</summary>
    internal sealed record Authentic(string ClientId, string Signature, byte[] Body) : CheckedRequest;
}

/// <summary>
/// Looks at a request before anything is published: first at what needs no body, so that a body nobody may
/// send is not read; then at the signature over its exact bytes.
/// </summary>
sealed class RequestCheck(ClientKeys keys, GatewayOptions options, TimeProvider clock)
{
    const string Json = Wire.ContentType;

    static readonly CheckedRequest.Refused TooLarge = new(
        StatusCodes.Status413PayloadTooLarge, Rc.InvalidTransaction,
        $"the body is larger than {Wire.MaxBodyBytes} bytes");

    static readonly CheckedRequest.Refused TooSlow = new(
        StatusCodes.Status408RequestTimeout, Rc.InvalidTransaction, "the body did not arrive in time");

    internal async Task<CheckedRequest> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        if (Refusal(request) is { } refused)
        {
            return refused;
        }

        using var late = new CancellationTokenSource(options.Http.BodyTimeout, clock);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            return await BodyAsync(request, giveUp.Token) is { } body ? Judge(request, body) : TooLarge;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return TooSlow;
        }
    }

    /// <summary>Null: so far nothing is wrong.</summary>
    CheckedRequest.Refused? Refusal(HttpRequest request)
    {
        var headers = request.Headers;
        return !Accepts(headers.Accept.ToString())
            ? new(StatusCodes.Status406NotAcceptable, Rc.InvalidTransaction, $"the answer is {Json} only")
            : !IsJson(request)
                ? new(
                    StatusCodes.Status415UnsupportedMediaType, Rc.InvalidTransaction,
                    $"the body must be {Json}")
            : request.ContentLength > Wire.MaxBodyBytes ? TooLarge
            : headers.Authorization.Count > 1 || !keys.LetsIn(headers.Authorization.ToString())
                ? Unauthorized("the token is missing or wrong")
            : headers[Wire.ClientIdHeader].Count > 1 ? Unauthorized(Reason.ClientUnknown.Message)
            : string.IsNullOrEmpty(headers[Wire.SignatureHeader].ToString())
                ? Unauthorized(Reason.SignatureMissing.Message)
            : !Signature.IsWellFormed(headers[Wire.SignatureHeader].ToString())
                ? Unauthorized(Reason.SignatureInvalid.Message)
            : null;
    }

    CheckedRequest Judge(HttpRequest request, byte[] body)
    {
        var signature = request.Headers[Wire.SignatureHeader].ToString();
        var claimed = request.Headers[Wire.ClientIdHeader].ToString();
        return keys.Owner(body, signature, claimed.Length == 0 ? null : claimed) is { } client
            ? new CheckedRequest.Authentic(client, signature, body)
            : Unauthorized(Reason.SignatureInvalid.Message);
    }

    /// <summary>Null: there is more of it than may be.</summary>
    static async Task<byte[]?> BodyAsync(HttpRequest request, CancellationToken stop)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(stop);
            if (read.Buffer.Length > Wire.MaxBodyBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    static bool Accepts(string accept) => string.IsNullOrWhiteSpace(accept)
        || (MediaTypeHeaderValue.TryParseList([accept], out var types) && types.Any(type =>
            type.Quality is not 0 && (type.MatchesAllTypes
                || (type.MediaType.Equals("application/*", StringComparison.OrdinalIgnoreCase))
                || type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))));

    /// <summary>
    /// A charset is not looked at: JSON is UTF-8, and the worker reads it so. What is compressed is not.
    /// </summary>
    static bool IsJson(HttpRequest request) =>
        request.Headers.ContentEncoding.ToString() is "" or "identity"
        && (string.IsNullOrWhiteSpace(request.ContentType)
            || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
                && type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)));

    static CheckedRequest.Refused Unauthorized(string message) =>
        new(StatusCodes.Status401Unauthorized, Rc.Authentication, message);
}
