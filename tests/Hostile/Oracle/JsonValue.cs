namespace Reversals.Tests.Hostile.Oracle;

enum JsonKind
{
    Null,
    Boolean,
    Number,
    Text,
    List,
    Table,
}

/// <summary>A JSON value as it was written: numbers stay text.</summary>
sealed record JsonValue(JsonKind Kind)
{
    /// <summary>The raw token of a number, the unescaped characters of a string.</summary>
    internal string Text { get; init; } = "";
    internal IReadOnlyList<JsonValue> Items { get; init; } = [];

    internal IReadOnlyList<(string Name, JsonValue Value)> Members { get; init; } = [];

    /// <summary>The member of that name; null when there is none.</summary>
    internal JsonValue? this[string name]
    {
        get
        {
            foreach (var member in Members)
            {
                if (string.Equals(member.Name, name, StringComparison.Ordinal))
                {
                    return member.Value;
                }
            }

            return null;
        }
    }
}
