using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Reversals.Contracts;

namespace Reversals.Worker.Inbound;

/// <summary>
/// Reads the page's body strictly: what two readers could understand differently is refused, and the amount
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

    /// <summary>The page's placeholder in its example, sent as it stands by clients that copied it.</summary>
    const string ChannelPlaceholder = "bank_name";

    internal static ReversalRequest Read(
        ReversalRequested message, string clientId, DateTimeOffset receivedAt)
    {
        var request = new ReversalRequest
        {
            ClientId = clientId,
            SentAt = message.SentAt is { } sentAt && sentAt < receivedAt ? sentAt : receivedAt,
            TraceParent = System.Diagnostics.ActivityContext.TryParse(
                message.TraceParent, traceState: null, out _)
                ? message.TraceParent
                : null,
        };
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
                : ReadFields(body, request);
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

    static ReversalRequest ReadFields(JsonElement body, ReversalRequest request)
    {
        var fields = new Fields(body);
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
            Refusal = fields.Refusal,
        };
    }

    static ReversalRequest Malformed(ReversalRequest request, string message) =>
        request with { Refusal = new Refusal { Reason = Reason.MalformedBody, Message = message } };

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

    /// <summary>
    /// Digits only: no sign, no exponent, no leading zero, at most 15 digits and two decimals.
    /// </summary>
    static bool IsAmountToken(ReadOnlySpan<char> token)
    {
        var point = token.IndexOf('.');
        var whole = point < 0 ? token : token[..point];
        return whole.Length is >= 1 and <= 15 && AreDigits(whole) && (whole.Length == 1 || whole[0] != '0')
            && (point < 0 || (token[(point + 1)..] is { Length: 1 or 2 } fraction && AreDigits(fraction)));
    }

    /// <summary>ASCII digits only: other scripts have digits too.</summary>
    static bool AreDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>Reads field by field and keeps the first refusal.</summary>
    sealed class Fields(JsonElement body)
    {
        const int LongestReference = 64;
        const int LongestChannel = 32;
        const int PrefixLength = 6;
        const int AccountLength = 10;
        const int FullVaLength = PrefixLength + AccountLength;

        internal Refusal? Refusal { get; private set; }

        internal void Refuse(Reason reason, string message) =>
            Refusal ??= new Refusal { Reason = reason, Message = message };

        internal string? Reference(string name, int shortest)
        {
            var text = Text(name, Reason.InvalidField);
            if (text is null
                || (text.Length >= shortest && text.Length <= LongestReference && text.All(IsPrintableAscii)))
            {
                return text;
            }

            Refuse(Reason.InvalidField,
                $"{name} must be {shortest} to {LongestReference} printable ASCII characters");
            return null;
        }

        internal string? Channel(string name)
        {
            var text = Text(name, Reason.InvalidField);
            if (text is null || text.Length <= LongestChannel)
            {
                return text?.ToLowerInvariant();
            }

            Refuse(Reason.InvalidField, $"{name} must be at most {LongestChannel} characters");
            return null;
        }

        internal decimal? Amount(string name)
        {
            var token = body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
                ? value.GetRawText()
                : Text(name, Reason.AmountInvalid, "a number, or a string that holds one");
            if (token is null)
            {
                return null;
            }

            if (IsAmountToken(token)
                && decimal.Parse(token, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
                    is > 0 and var amount)
            {
                return amount;
            }

            Refuse(Reason.AmountInvalid, Reason.AmountInvalid.Message);
            return null;
        }

        /// <summary>The VA as far as it is known, and the prefix when it stands alone.</summary>
        internal (string? VaNumber, string? Prefix) Va(string name, string prefixName)
        {
            var account = Text(name, Reason.VaMalformed);
            var prefix = Text(prefixName, Reason.VaMalformed);
            if ((prefix is not null && !(prefix.Length == PrefixLength && AreDigits(prefix)))
                || (account is not null
                    && !(account.Length is AccountLength or FullVaLength && AreDigits(account))))
            {
                Refuse(Reason.VaMalformed, Reason.VaMalformed.Message);
                return (null, null);
            }

            if (account is null || prefix is null)
            {
                return (account, prefix);
            }

            if (account.Length < FullVaLength)
            {
                return (prefix + account, null);
            }

            if (!account.StartsWith(prefix, StringComparison.Ordinal))
            {
                Refuse(Reason.VaMalformed, Reason.VaMalformed.Message);
            }

            return (account, null);
        }

        /// <summary>A trimmed string; null when it is missing, null or empty.</summary>
        string? Text(string name, Reason otherwise, string expected = "a string")
        {
            if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                return null;
            }

            if (value.ValueKind != JsonValueKind.String)
            {
                Refuse(otherwise, $"{name} must be {expected}");
                return null;
            }

            var text = value.GetString()!.Trim(' ');
            return text.Length == 0 ? null : text;
        }

        static bool IsPrintableAscii(char character) => character is >= ' ' and <= '~';
    }
}
