using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reversals.Contracts;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Queries;

/// <summary>
/// What people may see of a stored message: no key, nothing about a customer, the last four digits of an
/// account. An untrusted sender may have put anything anywhere, so only fields with a known name are shown.
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

    /// <summary>A Client-Id as an untrusted sender gave it: it may be an account number.</summary>
    internal static string? Client(string? clientId) => clientId is null ? null : Numbers.Clean(clientId);

    /// <summary>What the sender of a quarantined message named.</summary>
    internal QuarantineEntry Of(QuarantineEntry entry) => entry with
    {
        Detail = Text(entry.Detail),
        ClientId = Text(entry.ClientId),
        ReferenceId = Text(entry.ReferenceId),
        PaymentRef = Text(entry.PaymentRef),
        ResolutionNote = Text(entry.ResolutionNote),
    };

    /// <inheritdoc cref="Of(QuarantineEntry)"/>
    internal QuarantineDetail Of(QuarantineDetail detail) =>
        (QuarantineDetail)Of((QuarantineEntry)detail) with { Signature = Text(detail.Signature) };

    /// <summary>What clients and the biller named, and what was asked for.</summary>
    internal ReferenceHistory Of(ReferenceHistory history) => history with
    {
        Query = Text(history.Query),
        Payments = [.. history.Payments.Select(one => one with
        {
            PaymentRef = Text(one.PaymentRef),
            ReferenceId = Text(one.ReferenceId),
            Channel = Text(one.Channel),
        })],
        Reversals = [.. history.Reversals.Select(one => one with { ReferenceId = Text(one.ReferenceId) })],
        Events = [.. history.Events.Select(one => one with
        {
            ReferenceId = Text(one.ReferenceId),
            PaymentRef = Text(one.PaymentRef),
            Message = Text(one.Message),
        })],
        Earlier = [.. history.Earlier.Select(one => one with
        {
            ReferenceId = Text(one.ReferenceId),
            PaymentRef = Text(one.PaymentRef),
        })],
        Waiting = [.. history.Waiting.Select(Of)],
        Quarantined = [.. history.Quarantined.Select(Of)],
        Pending = [.. history.Pending.Select(Of)],
    };

    /// <inheritdoc cref="Of(ReferenceHistory)"/>
    internal PendingRequest Of(PendingRequest pending) => pending with
    {
        PaymentRef = Text(pending.PaymentRef),
        ReferenceId = Text(pending.ReferenceId),
        Channel = Text(pending.Channel),
    };

    /// <inheritdoc cref="Of(ReferenceHistory)"/>
    internal WaitingEvent Of(WaitingEvent waiting) => waiting with
    {
        ReferenceId = Text(waiting.ReferenceId),
        PaymentRef = Text(waiting.PaymentRef),
    };

    /// <inheritdoc cref="Of(ReferenceHistory)"/>
    internal ListedEvent Of(ListedEvent listed) => listed with
    {
        ReferenceId = Text(listed.ReferenceId),
        PaymentRef = Text(listed.PaymentRef),
    };

    /// <inheritdoc cref="Of(ReferenceHistory)"/>
    internal Finding Of(Finding finding) => finding with
    {
        ClientId = Text(finding.ClientId),
        ReferenceId = Text(finding.ReferenceId),
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
    [return: NotNullIfNotNull(nameof(text))]
    internal string? Text(string? text) => text is null ? null : _secrets.WithoutSecrets(text);

    JsonObject Of(JsonObject fields)
    {
        var shown = new JsonObject();
        foreach (var (name, value) in fields.Where(
            field => Shown.Contains(field.Key, StringComparer.Ordinal)))
        {
            shown[name] = value switch
            {
                null => null,
                JsonValue text when References.Contains(name, StringComparer.Ordinal) =>
                    Text(text.ToString()),
                JsonValue text => Text(Numbers.Clean(text.ToString())),
                _ => Hidden,
            };
        }

        // The names of the others come from an untrusted sender as well.
        var others = fields.Count - shown.Count;
        if (others > 0)
        {
            shown["others"] = $"{others} not shown";
        }

        return shown;
    }
}
