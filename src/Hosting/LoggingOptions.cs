namespace Reversals.Hosting;

/// <summary>
/// The log on the standard output. The section is also ASP.NET's own, whose settings in it are not read.
/// </summary>
sealed record LoggingOptions
{
    const string Json = "json";
    const string Text = "text";

    /// <summary><c>json</c> (default): a document a line; <c>text</c>: a line for people.</summary>
    public string Format { get; init; } = Json;

    internal bool IsText => Format is Text;

    internal string? Problem => Format is Json or Text
        ? null
        : $"Logging:Format: expected {Json} or {Text}, found '{Format}'";
}
