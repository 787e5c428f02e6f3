namespace Reversals.Tests.Hostile.Reading;

/// <summary>What kind of file a text comes from; the table has a line for each.</summary>
static class Kind
{
    internal const string MustParse = "json y_";
    internal const string MustNotParse = "json n_";
    internal const string MayParse = "json i_";
    internal const string OtherJson = "json other";
    internal const string Strings = "strings";
    internal const string Numbers = "numbers";
    internal const string Vectors = "hmac";
    internal const string Forged = "forged";
    internal const string Headers = "headers";

    internal static bool IsJson(string kind) => kind.StartsWith("json", StringComparison.Ordinal);
}

/// <summary>One text of a corpus: a whole file, a line of one, or a string of an array.</summary>
sealed record HostileText(string Kind, string Origin, byte[] Bytes)
{
    /// <summary>Its UTF-16 units, which may hold half a pair; null when the bytes are no text.</summary>
    internal string? Units { get; init; }
}

/// <summary>One HMAC vector.</summary>
sealed record Vector(string Origin, byte[] Key, byte[] Body, byte[] Tag)
{
    /// <summary>Whether its file calls it a valid whole HMAC-SHA256 tag; null: it does not say.</summary>
    internal bool? IsValid { get; init; }
}

/// <summary>Everything that was found in the folders.</summary>
sealed class Corpus
{
    internal List<HostileText> Texts { get; } = [];
    internal List<Vector> Vectors { get; } = [];

    /// <summary>Files that are nothing known, and why.</summary>
    internal List<string> Unknown { get; } = [];

    /// <summary>Files that were understood, by what they are.</summary>
    internal SortedDictionary<string, int> Files { get; } = new(StringComparer.Ordinal);
}
