using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reversals.Contracts;
using Reversals.Operations.Actions;
using Reversals.Processing.Configuration;
using Reversals.Processing.Telemetry;

namespace Reversals.Operations.Queries;

/// <summary>
/// What of a stored message people may see: no key, nothing about a customer, the last four digits of an
/// account. A stranger may have put anything anywhere, so only what has a known name is shown at all.
/// </summary>
sealed class Redactor(IEnumerable<string> secrets)
{
    const string Hidden = "***";

    /// <summary>What is nobody's secret: fields of a request, and headers that the worker reads.</summary>
    static readonly string[] Shown =
    [
        "payment_ref", "reference_id", "amount", "channel", "prefix", "virtual_account",
        Wire.SignatureHeader, Wire.ClientIdHeader, Wire.TraceParentHeader, "Accept", "Content-Type",
    ];

    /// <summary>Names of people's own choosing, by which they search.</summary>
    static readonly string[] References = ["payment_ref", "reference_id", Wire.SignatureHeader];

    static readonly MaskingFormatter Numbers = new([]);

    readonly MaskingFormatter _secrets = new(secrets);

    internal static Redactor For(WorkerOptions options) => new(WorkerConfiguration.Secrets(options));

    /// <summary>A Client-Id as a stranger gave it: perhaps an account number.</summary>
    internal static string? Client(string? clientId) => clientId is null ? null : Numbers.Clean(clientId);

    /// <summary>What a stranger named in a message that is quarantined.</summary>
    internal QuarantineEntry Of(QuarantineEntry entry) => entry with
    {
        Detail = Text(entry.Detail),
        ClientId = Masked(entry.ClientId),
        ReferenceId = Masked(entry.ReferenceId),
        PaymentRef = Masked(entry.PaymentRef),
        ResolutionNote = Masked(entry.ResolutionNote),
    };

    /// <inheritdoc cref="Of(QuarantineEntry)"/>
    internal QuarantineDetail Of(QuarantineDetail detail) =>
        (QuarantineDetail)Of((QuarantineEntry)detail) with { Signature = Masked(detail.Signature) };

    /// <inheritdoc cref="Of(QuarantineEntry)"/>
    internal ReplayedMessage Of(ReplayedMessage message) => message with
    {
        ClientId = Masked(message.ClientId),
        ReferenceId = Masked(message.ReferenceId),
        Detail = Masked(message.Detail),
    };

    /// <summary>What clients and the biller named, and what was asked for.</summary>
    internal ReferenceHistory Of(ReferenceHistory known) => known with
    {
        Sought = Text(known.Sought),
        Payments = [.. known.Payments.Select(one => one with
        {
            PaymentRef = Masked(one.PaymentRef),
            ReferenceId = Masked(one.ReferenceId),
            Channel = Masked(one.Channel),
        })],
        Reversals = [.. known.Reversals.Select(one => one with { ReferenceId = Text(one.ReferenceId) })],
        Answers = [.. known.Answers.Select(one => one with
        {
            ReferenceId = Masked(one.ReferenceId),
            PaymentRef = Masked(one.PaymentRef),
            Message = Masked(one.Message),
        })],
        Waiting = [.. known.Waiting.Select(Of)],
        Quarantined = [.. known.Quarantined.Select(Of)],
        Pending = [.. known.Pending.Select(one => one with
        {
            PaymentRef = Masked(one.PaymentRef),
            ReferenceId = Masked(one.ReferenceId),
            Channel = Masked(one.Channel),
        })],
    };

    /// <inheritdoc cref="Of(ReferenceHistory)"/>
    internal WaitingEvent Of(WaitingEvent waiting) => waiting with
    {
        ReferenceId = Masked(waiting.ReferenceId),
        PaymentRef = Masked(waiting.PaymentRef),
    };

    /// <inheritdoc cref="Of(ReferenceHistory)"/>
    internal Finding Of(Finding finding) => finding with
    {
        ClientId = Masked(finding.ClientId),
        ReferenceId = Masked(finding.ReferenceId),
        Expected = Text(finding.Expected),
        Found = Text(finding.Found),
    };

    /// <summary>The fields of a body; of what is no JSON object only how long it is, and its hash.</summary>
    internal string Body(byte[] body)
    {
        try
        {
            if (body.Length <= Wire.MaxBodyBytes && JsonNode.Parse(body) is JsonObject fields)
            {
                return Of(fields).ToJsonString(JsonSerializerOptions.Web);
            }
        }
        catch (Exception error) when (error
            is JsonException or InvalidOperationException or ArgumentException)
        {
            // Unique names, depth, characters: it is no object that could be shown field by field.
        }

        return $"no JSON object; SHA-256 {Convert.ToHexStringLower(SHA256.HashData(body))}";
    }

    /// <summary>Headers as they are stored, a JSON object.</summary>
    internal string Headers(string headers) =>
        Of(JsonNode.Parse(headers)!.AsObject()).ToJsonString(JsonSerializerOptions.Web);

    /// <summary>Any text, without the keys and passwords of the configuration.</summary>
    internal string Text(string text) => _secrets.WithoutSecrets(text);

    string? Masked(string? text) => text is null ? null : Text(text);

    JsonObject Of(JsonObject fields)
    {
        var shown = new JsonObject();
        foreach (var (name, value) in fields.Where(
            field => Shown.Contains(field.Key, StringComparer.Ordinal)))
        {
            shown[name] = value switch
            {
                null => null,
                JsonValue leaf when References.Contains(name, StringComparer.Ordinal) =>
                    Text(leaf.ToString()),
                JsonValue leaf => Text(Numbers.Clean(leaf.ToString())),
                _ => Hidden,
            };
        }

        // Their names are a stranger's words as well.
        var others = fields.Count - shown.Count;
        if (others > 0)
        {
            shown["others"] = $"{others} not shown";
        }

        return shown;
    }
}
