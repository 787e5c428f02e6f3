using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Reversals.Contracts;

namespace Reversals.Gateway;

/// <summary>What a caller is told: status, headers, and exactly rc, message, timestamp and data.</summary>
sealed record HttpAnswer
{
    /// <summary>How long a caller should wait before it asks again.</summary>
    internal const string RetryAfterSeconds = "2";

    static readonly TimeConverter Time = new();

    /// <summary>As the worker writes: a plus sign in a time stays one.</summary>
    static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    static readonly JsonReaderOptions Reading = new() { MaxDepth = WireJson.MaxDepth };

    public required int Status { get; init; }

    /// <summary>For the metrics.</summary>
    public required string Rc { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>It was given before.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The one method that the path takes, for whoever used another.</summary>
    public string Allow { get; init; } = HttpMethods.Post;

    /// <summary>An answer of the gateway's own.</summary>
    internal static HttpAnswer Of(GatewayAnswer told, TimeProvider clock)
    {
        using var body = new MemoryStream(160);
        using (var json = new Utf8JsonWriter(body, Writing))
        {
            json.WriteStartObject();
            json.WriteString("rc", told.Rc);
            json.WriteString("message", told.Message);
            json.WritePropertyName("timestamp");
            Time.Write(json, clock.GetUtcNow(), JsonSerializerOptions.Default);
            json.WriteNull("data");
            json.WriteEndObject();
        }

        return new HttpAnswer { Status = told.Status, Rc = told.Rc, Body = body.ToArray() };
    }

    /// <summary>
    /// The specification's part of an event, its bytes as they are; null: it is none of ours.
    /// </summary>
    internal static HttpAnswer? Of(Answer answer)
    {
        try
        {
            return Cut(answer.Body.Span) is ({ } rc, { } body)
                ? new HttpAnswer
                {
                    Status = StatusCodes.Status200OK, Rc = rc, Body = body, IsReplay = answer.IsReplay,
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal async Task WriteAsync(HttpContext context, GatewayHttpOptions options)
    {
        var response = context.Response;
        response.StatusCode = Status;
        foreach (var (name, value) in Headers(options))
        {
            response.Headers[name] = value;
        }

        response.ContentLength = Body.Length;
        await response.Body.WriteAsync(Body, context.RequestAborted);
    }

    /// <summary>The whole of the answer, after which the connection ends.</summary>
    internal byte[] ToBytes(GatewayHttpOptions options, TimeProvider clock)
    {
        var phrase = ReasonPhrases.GetReasonPhrase(Status);
        var head = string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {Status} {phrase}\r\nContent-Length: {Body.Length}\r\n" +
            $"Date: {HeaderUtilities.FormatDate(clock.GetUtcNow())}\r\nConnection: close\r\n");
        var headers = string.Concat(Headers(options).Select(one => $"{one.Name}: {one.Value}\r\n"));
        return [.. Encoding.ASCII.GetBytes($"{head}{headers}\r\n"), .. Body.Span];
    }

    IEnumerable<(string Name, string Value)> Headers(GatewayHttpOptions options)
    {
        yield return (HeaderNames.ContentType, Wire.ContentType);
        yield return (HeaderNames.CacheControl, "no-store");
        if (IsReplay)
        {
            yield return (Wire.ReplayedHeader, "true");
        }

        if (Status is StatusCodes.Status401Unauthorized)
        {
            yield return (HeaderNames.WWWAuthenticate, "Bearer");
        }

        if (Status is StatusCodes.Status405MethodNotAllowed)
        {
            yield return (HeaderNames.Allow, Allow);
        }

        if (Status is StatusCodes.Status503ServiceUnavailable)
        {
            yield return (HeaderNames.RetryAfter, RetryAfterSeconds);
        }

        if (options.Deprecation is { } since)
        {
            var seconds = since.ToUnixTimeSeconds();
            yield return ("Deprecation", string.Create(CultureInfo.InvariantCulture, $"@{seconds}"));
        }

        if (options.Sunset is { } end)
        {
            yield return ("Sunset", HeaderUtilities.FormatDate(end));
        }
    }

    static (string? Rc, byte[]? Body) Cut(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Reading);
        (Range Rc, Range Message, Range Timestamp, Range Data) at = default;
        string? rc = null;
        for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
        {
            var name = reader.GetString();
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            rc = name is "rc" ? reader.GetString() : rc;
            reader.Skip();
            var value = start..(int)reader.BytesConsumed;
            at = name switch
            {
                "rc" => at with { Rc = value },
                "message" => at with { Message = value },
                "timestamp" => at with { Timestamp = value },
                "data" => at with { Data = value },
                _ => at,
            };
        }

        Range[] all = [at.Rc, at.Message, at.Timestamp, at.Data];
        return Array.TrueForAll(all, range => range.End.Value > 0)
            ? (rc,
                [
                    .. "{\"rc\":"u8, .. json[at.Rc], .. ",\"message\":"u8, .. json[at.Message],
                    .. ",\"timestamp\":"u8, .. json[at.Timestamp],
                    .. ",\"data\":"u8, .. json[at.Data], (byte)'}',
                ])
            : (null, null);
    }
}
