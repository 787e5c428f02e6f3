using System.Text;

namespace Reversals.RabbitMq;

/// <summary>Headers that carried credentials of the old HTTP call: they are nobody's business.</summary>
static class SecretHeaders
{
    /// <summary>Stands for a value that is not kept.</summary>
    internal const string Mask = "***";

    /// <summary>Whoever has a word of these in its name holds a credential, or could.</summary>
    static readonly string[] Words =
        ["authorization", "cookie", "password", "secret", "api-key", "apikey", "api_key", "token"];

    /// <summary>Whether the value of a header of this name is not to be kept, in whatever case.</summary>
    internal static bool IsSecret(string name) =>
        name.Trim().Equals("accept", StringComparison.OrdinalIgnoreCase) || HoldsWord(name);

    /// <summary>Whether bytes that could not be told apart may hold such a header.</summary>
    internal static bool MayHoldOne(ReadOnlySpan<byte> bytes) => HoldsWord(Encoding.Latin1.GetString(bytes));

    static bool HoldsWord(string text)
    {
        foreach (var word in Words)
        {
            if (text.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
