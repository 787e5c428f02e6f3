using System.Text;
using Reversals.Contracts;

namespace Reversals.Hosting;

/// <summary>The active keys of one client.</summary>
sealed class SigningKeys(IEnumerable<string> keys)
{
    readonly byte[][] _keys = [.. keys.Select(Encoding.UTF8.GetBytes)];

    /// <summary>
    /// Whether one of them signed the body. All are tried, so that the time does not tell which one fitted.
    /// </summary>
    internal bool Signed(ReadOnlySpan<byte> body, string? signature)
    {
        var signed = false;
        foreach (var key in _keys)
        {
            signed |= Signature.Verify(body, key, signature);
        }

        return signed;
    }
}
