using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Reversals.Contracts;

/// <summary>
/// What an upstream service asks for: the fields of the specification's <c>POST /reversal</c>. Every field
/// that is null is left out. The worker checks the rules; its event names the field and the broken rule.
/// </summary>
/// <remarks>
/// A <c>ref struct</c>, so that no message bus takes it as a message: a bus would write it in its own way,
/// to an exchange of its own, unsigned. <see cref="Sign"/> gives what can be sent.
/// </remarks>
public readonly ref struct ReversalRequestBody
{
    /// <summary>
    /// The request's own reference and idempotency key, 5 to 64 printable ASCII characters. Null:
    /// <c>payment_ref:</c> and the <see cref="PaymentRef"/>.
    /// </summary>
    public string? ReferenceId { get; init; }

    /// <summary>The channel's reference of the payment, 1 to 64 printable ASCII characters.</summary>
    public string? PaymentRef { get; init; }

    /// <summary>
    /// IDR, above 0, at most 15 digits and two decimals. Null: all that is left of the payment.
    /// </summary>
    public decimal? Amount { get; init; }

    /// <summary>10 digits, or 16 with the prefix.</summary>
    public string? VirtualAccount { get; init; }

    /// <summary>The channel the payment came through, at most 32 characters.</summary>
    public string? Channel { get; init; }

    /// <summary>6 digits.</summary>
    public string? Prefix { get; init; }

    /// <summary>The body as UTF-8 JSON without white space, in the specification's order.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        WriteText(writer, "payment_ref", PaymentRef);
        if (Amount is { } amount)
        {
            writer.WritePropertyName("amount");
            AmountConverter.Write(writer, amount);
        }

        WriteText(writer, "reference_id", ReferenceId);
        WriteText(writer, "virtual_account", VirtualAccount);
        WriteText(writer, "channel", Channel);
        WriteText(writer, "prefix", Prefix);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Writes the body once and signs exactly these bytes.</summary>
    /// <param name="clientId">Whose key and whose bills.</param>
    /// <param name="key">An API key of the client.</param>
    /// <exception cref="ArgumentException">The client or the key is empty.</exception>
    public SignedReversalRequest Sign(string clientId, string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(clientId);
        ArgumentException.ThrowIfNullOrEmpty(key);
        var body = ToJson();
        return new SignedReversalRequest
        {
            Body = body,
            ClientId = clientId,
            Signature = Signature.Compute(body.Span, key),
        };
    }

    static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}

/// <summary>
/// A signed request: publish <see cref="Body"/> as it is to <see cref="Wire.RequestExchange"/>, with
/// <see cref="CreateHeaders"/>, publisher confirms and <c>mandatory</c>. A value type, so that MassTransit
/// refuses it as a message: use the package <c>Reversals.Contracts.MassTransit</c> there.
/// </summary>
public readonly record struct SignedReversalRequest
{
    /// <summary>The exact bytes that are signed.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whose key and whose bills.</summary>
    public required string ClientId { get; init; }

    /// <summary>64 lower-case hex characters.</summary>
    public required string Signature { get; init; }

    /// <summary>
    /// Whole seconds that the request may wait for its payment, from 0; null: the client's own setting.
    /// </summary>
    public int? PendingFor { get; init; }

    /// <summary>The AMQP headers, a new dictionary each time.</summary>
    public IDictionary<string, object?> CreateHeaders()
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [Wire.ClientIdHeader] = ClientId,
            [Wire.SignatureHeader] = Signature,
        };
        if (PendingFor is { } seconds)
        {
            headers[Wire.PendingForHeader] = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return headers;
    }
}
