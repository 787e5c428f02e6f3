using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Reversals;

/// <summary>
/// The id of the event about an applied reversal: the same for the same request about the same payment,
/// whenever and wherever it is decided. When books are restored from a backup, or a failover has lost
/// commits, the request that is sent again gets the event_id that subscribers have heard, and they drop it.
/// </summary>
public static class EventIds
{
    /// <summary>
    /// RFC 9562, version 8: the milliseconds of the payment in front, as version 7 has those of now; the rest
    /// is a hash of what makes the reversal the one it is, its key as it is unique in the inbox.
    /// </summary>
    public static Guid For(ReversalRequest request, BillPayment payment)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(payment);
        var keyPayment = request.KeyOrigin == KeyOrigin.Derived ? payment.Id : 0;
        // No field can hold the separator: control characters are refused when the body is read.
        Span<byte> id = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
            '\n', request.ClientId, request.Key, keyPayment.ToString(CultureInfo.InvariantCulture),
            Convert.ToHexString(request.ContentHash()))));
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, payment.PaidAt.ToUnixTimeMilliseconds());
        time[2..].CopyTo(id);
        id[6] = (byte)(0x80 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return new Guid(id[..16], bigEndian: true);
    }
}
