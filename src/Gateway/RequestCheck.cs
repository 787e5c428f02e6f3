using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;
using Reversals.Contracts;

namespace Reversals.Gateway;

/// <summary>What came of the look at a request.</summary>
abstract record CheckedRequest
{
    /// <summary>Its caller is told why, and nothing is published.</summary>
    internal sealed record Refused(GatewayAnswer Answer) : CheckedRequest;

    /// <summary>Its body, byte by byte, is signed by this client.</summary>
    internal sealed record Authentic(string ClientId, string Signature, byte[] Body) : CheckedRequest;
}

/// <summary>
/// Looks at a request before anything is published: first at what needs no body, so that a body nobody may
/// send is not read; then at the signature over its exact bytes.
/// </summary>
sealed class RequestCheck(Live<ClientKeys> keys, GatewayOptions options, TimeProvider clock)
{
    const string Json = Wire.ContentType;

    internal async Task<CheckedRequest> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        if (Refusal(request) is { } refused)
        {
            return new CheckedRequest.Refused(refused);
        }

        using var late = new CancellationTokenSource(options.Http.BodyTimeout, clock);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            return await BodyAsync(request, giveUp.Token) is { } body
                ? Judge(request, body)
                : new CheckedRequest.Refused(GatewayAnswer.TooLarge);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new CheckedRequest.Refused(GatewayAnswer.TooSlow);
        }
    }

    /// <summary>Null: so far nothing is wrong.</summary>
    GatewayAnswer? Refusal(HttpRequest request)
    {
        var headers = request.Headers;
        var signature = headers[Wire.SignatureHeader].ToString();
        return !Accepts(headers.Accept.ToString()) ? GatewayAnswer.NotAcceptable
            : !IsJson(request) ? GatewayAnswer.NotJson
            : request.ContentLength > Wire.MaxBodyBytes ? GatewayAnswer.TooLarge
            : headers.Authorization.Count > 1 || !keys.Value.LetsIn(headers.Authorization.ToString())
                ? GatewayAnswer.TokenWrong
            : headers[Wire.ClientIdHeader].Count > 1 ? GatewayAnswer.ClientAmbiguous
            : signature.Length == 0 ? GatewayAnswer.SignatureMissing
            : !Signature.IsWellFormed(signature) ? GatewayAnswer.SignatureInvalid
            : null;
    }

    CheckedRequest Judge(HttpRequest request, byte[] body)
    {
        var signature = request.Headers[Wire.SignatureHeader].ToString();
        var claimed = request.Headers[Wire.ClientIdHeader].ToString();
        return keys.Value.Owner(body, signature, claimed.Length == 0 ? null : claimed) is { } client
            ? new CheckedRequest.Authentic(client, signature, body)
            : new CheckedRequest.Refused(GatewayAnswer.SignatureInvalid);
    }

    /// <summary>Null: there is more of it than may be.</summary>
    static async Task<byte[]?> BodyAsync(HttpRequest request, CancellationToken stop)
    {
        while (true)
        {
            var read = await PartAsync(request.BodyReader, stop);
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

    /// <summary>Of a chunk with an absurd size Kestrel says only that it cannot be read.</summary>
    static async Task<ReadResult> PartAsync(PipeReader body, CancellationToken stop)
    {
        try
        {
            return await body.ReadAsync(stop);
        }
        catch (IOException error)
            when (error is not (BadHttpRequestException or ConnectionResetException))
        {
            throw new BadHttpRequestException("The body cannot be read.", error);
        }
    }

    static bool Accepts(string accept) => string.IsNullOrWhiteSpace(accept)
        || (MediaTypeHeaderValue.TryParseList([accept], out var types) && types.Any(type =>
            type.Quality is not 0 && (type.MatchesAllTypes
                || (type.MediaType.Equals("application/*", StringComparison.OrdinalIgnoreCase))
                || type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))));

    /// <summary>
    /// A charset is ignored: JSON is UTF-8, and the worker reads it so. A compressed body is not taken.
    /// </summary>
    static bool IsJson(HttpRequest request) =>
        request.Headers.ContentEncoding.ToString() is "" or "identity"
        && (string.IsNullOrWhiteSpace(request.ContentType)
            || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
                && type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)));
}
