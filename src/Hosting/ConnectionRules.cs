namespace Reversals.Hosting;

/// <summary>What the address of a server has to be.</summary>
static class ConnectionRules
{
    /// <summary>What is wrong with an address; it holds a password and is never shown.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="expected">What to say of any that is wrong.</param>
    /// <param name="find">What was found instead, without a piece of what could not be read.</param>
    internal static string? Problem(
        string name, string value, string expected, Func<string, string?> find)
    {
        var hidden = string.IsNullOrWhiteSpace(value)
            ? null
            : ControlCharacters.First(Uri.UnescapeDataString(value));
        return (hidden ?? find(value)) is { } found ? $"{name}: {expected}; found {found}" : null;
    }
}
