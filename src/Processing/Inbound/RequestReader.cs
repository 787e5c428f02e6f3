using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Reversals.Contracts;

namespace Reversals.Processing.Inbound;

/// <summary>
/// Reads a request's body strictly: what two readers could understand differently is refused, and the amount
/// is judged by its raw text before it becomes a number. Never throws for what a sender wrote.
/// </summary>
static class RequestReader
{
    static readonly JsonDocumentOptions Strict = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = 8,
    };

    /// <summary>The placeholder in the biller API specification; some clients copied it.</summary>
    const string ChannelPlaceholder = "bank_name";

    internal static ReversalRequest Read(
        ReversalRequested message, string clientId, DateTimeOffset receivedAt)
    {
        var request = Unread(message, clientId, receivedAt);
        try
        {
            if (!Utf8.IsValid(message.Body.Span))
            {
                return Malformed(request, "body must be UTF-8");
            }

            using var document = JsonDocument.Parse(message.Body, Strict);
            var body = document.RootElement;
            return body.ValueKind != JsonValueKind.Object ? Malformed(request, "body must be one JSON object")
                : HoldsControlCharacter(body) ? Malformed(request, "no string may hold a control character")
                : ReadFields(body, request, message.PendingFor);
        }
        catch (JsonException error)
        {
            return Malformed(request, string.Create(CultureInfo.InvariantCulture,
                $"body is not strict JSON with unique names at line {error.LineNumber + 1 ?? 1}, " +
                $"byte {error.BytePositionInLine + 1 ?? 1}"));
        }
        catch (InvalidOperationException)
        {
            return Malformed(request, "no string may hold half of a surrogate pair");
        }
    }

    /// <summary>What a request says beside its body.</summary>
    internal static ReversalRequest Unread(
        ReversalRequested message, string clientId, DateTimeOffset receivedAt) => new()
    {
        ClientId = clientId,
        SentAt = message.SentAt is { } sentAt && sentAt < receivedAt ? sentAt : receivedAt,
        ReceivedAt = receivedAt,
        TraceParent = System.Diagnostics.ActivityContext.TryParse(
            message.TraceParent, traceState: null, out _)
            ? message.TraceParent
            : null,
        CorrelationId = message.CorrelationId,
        Delivery = new Delivery(message.Hash, message.IsRedelivered),
    };

    static ReversalRequest ReadFields(JsonElement body, ReversalRequest request, string? pendingForHeader)
    {
        var fields = new RequestFields(body);
        if (!PendingForHeader.TryRead(pendingForHeader, out var pendingFor))
        {
            fields.Refuse(Reason.InvalidField, PendingForHeader.Rule);
        }

        fields.RefuseNamesInOtherCase();
        var paymentRef = fields.Reference("payment_ref", 1);
        var referenceId = fields.Reference("reference_id", 5);
        var channel = fields.Channel("channel");
        if (paymentRef is null && referenceId is null)
        {
            fields.Refuse(Reason.NoIdentifier, Reason.NoIdentifier.Message);
        }

        var amount = fields.Amount("amount");
        var (vaNumber, prefix) = fields.Va("virtual_account", "prefix");
        return request with
        {
            PaymentRef = paymentRef,
            ReferenceId = referenceId,
            Channel = string.Equals(channel, ChannelPlaceholder, StringComparison.Ordinal) ? null : channel,
            Amount = amount,
            VaNumber = vaNumber,
            Prefix = prefix,
            PendingFor = pendingFor,
            Rejection = fields.Rejection,
        };
    }

    static ReversalRequest Malformed(ReversalRequest request, string message) =>
        request with { Rejection = new Rejection { Reason = Reason.MalformedBody, Message = message } };

    /// <summary>
    /// Looks into ignored fields too: what PostgreSQL or a log reader chokes on must not be kept.
    /// </summary>
    static bool HoldsControlCharacter(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject()
            .Any(property => property.Name.Any(char.IsControl) || HoldsControlCharacter(property.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(HoldsControlCharacter),
        JsonValueKind.String => value.GetString()!.Any(char.IsControl),
        _ => false,
    };
}
