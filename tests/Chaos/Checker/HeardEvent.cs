using System.Security.Cryptography;
using System.Text.Json;

namespace Reversals.Tests.Chaos;

/// <summary>What makes two requests the same one: the client and its reference.</summary>
readonly record struct Key(string ClientId, string Reference)
{
    /// <summary>The key of a request; null when it names nothing.</summary>
    internal static Key? Of(Sent sent)
    {
        var reference = sent.ReferenceId
            ?? (sent.PaymentRef is null ? null : "payment_ref:" + sent.PaymentRef);
        return reference is null || sent.ClientId is null ? null : new Key(sent.ClientId, reference);
    }

    public override string ToString() => $"{ClientId}/{Reference}";
}

/// <summary>An event at the tap, read.</summary>
sealed record HeardEvent
{
    internal const string ReversedExchange = "payment-reversed";
    internal const string RejectedExchange = "reversal-rejected";

    public required Heard Heard { get; init; }

    /// <summary>The message-id; null when it is no id.</summary>
    public required Guid? EventId { get; init; }

    public required byte[] Digest { get; init; }

    /// <summary>What the body says; null when it is no JSON object.</summary>
    public required EventBody? Body { get; init; }

    internal bool IsReversed => Heard.Exchange is ReversedExchange;

    internal Key? Key =>
        Body is { ClientId: { } client, ReferenceId: { } reference } ? new Key(client, reference) : null;

    internal static HeardEvent Read(Heard heard) => new()
    {
        Heard = heard,
        EventId = Guid.TryParse(heard.EventId, out var id) ? id : null,
        Digest = SHA256.HashData(heard.Body),
        Body = EventBody.Read(heard.Body),
    };
}

/// <summary>
/// The fields of an event's body that can be held against something; amounts as they are spelled.
/// </summary>
sealed record EventBody
{
    public string? Event { get; init; }
    public string? EventId { get; init; }
    public string? ClientId { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public string? Reason { get; init; }
    public string? Amount { get; init; }
    public string? Remaining { get; init; }
    public string? BillVersion { get; init; }
    public string? PendingUntil { get; init; }

    /// <summary>The bill: its public id, and what the event says of it.</summary>
    public string? Hash { get; init; }

    public string? PaidAmount { get; init; }
    public string? Status { get; init; }

    /// <summary>
    /// SHA-256 in hex of what a caller over HTTP is told of it: rc, message, timestamp and data as they stand
    /// here. Null: one of them is missing.
    /// </summary>
    public string? Answer { get; init; }

    internal static EventBody? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var bill = root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
                ? data
                : default;
            return new EventBody
            {
                Event = Text(root, "event"),
                EventId = Text(root, "event_id"),
                ClientId = Text(root, "client_id"),
                ReferenceId = Text(root, "reference_id"),
                PaymentRef = Text(root, "payment_ref"),
                Reason = Text(root, "reason"),
                Amount = Text(root, "amount"),
                Remaining = Text(root, "remaining"),
                BillVersion = Text(root, "bill_version"),
                PendingUntil = Text(root, "pending_until"),
                Hash = Text(bill, "hash"),
                PaidAmount = Text(bill, "paid_amount"),
                Status = Text(bill, "status"),
                Answer = AnswerOf(root),
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>IDR as the wire spells it: no fraction when whole, else two digits.</summary>
    internal static string Spell(decimal amount) =>
        amount.ToString(decimal.IsInteger(amount) ? "0" : "0.00", CultureInfo.InvariantCulture);

    static string? AnswerOf(JsonElement root)
    {
        string[] names = ["rc", "message", "timestamp", "data"];
        return names.All(name => root.TryGetProperty(name, out _))
            ? Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes("{" + string.Join(
                ',', names.Select(name => $"\"{name}\":{root.GetProperty(name).GetRawText()}")) + "}")))
            : null;
    }

    /// <summary>A string's characters, or the raw text of anything else; null: missing or null.</summary>
    static string? Text(JsonElement owner, string name) =>
        owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty(name, out var value) ? null
        : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };
}
