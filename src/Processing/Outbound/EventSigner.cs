using System.Text;
using Reversals.Contracts;
using Reversals.Processing.Configuration;

namespace Reversals.Processing.Outbound;

/// <summary>
/// Signs events, and says with which key. While the key is being changed there are two signatures: whoever
/// knows only the header <c>Signature</c> goes on with the key it has, and whoever has the next one finds its
/// own.
/// </summary>
sealed class EventSigner(EventOptions options)
{
    readonly Key? _key = Key.Of(options.SigningKey);

    /// <summary>Once both are the same the change is done.</summary>
    readonly Key? _next = string.Equals(options.NextSigningKey, options.SigningKey, StringComparison.Ordinal)
        ? null
        : Key.Of(options.NextSigningKey);

    internal void Sign(IDictionary<string, object?> headers, ReadOnlySpan<byte> body)
    {
        if (_key is not null)
        {
            headers[Wire.SignatureHeader] = Signature.Compute(body, _key.Bytes);
            headers[Wire.SignatureKeyHeader] = _key.Id;
        }

        if (_next is not null)
        {
            headers[Wire.NextSignatureHeader] = Signature.Compute(body, _next.Bytes);
            headers[Wire.NextSignatureKeyHeader] = _next.Id;
        }
    }

    sealed record Key(byte[] Bytes, string Id)
    {
        internal static Key? Of(string? text) =>
            text is null ? null : new Key(Encoding.UTF8.GetBytes(text), Signature.KeyId(text));
    }
}
