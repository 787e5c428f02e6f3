namespace Reversals.AppHost;

/// <summary>A command of the worker that the dashboard offers as a button.</summary>
sealed record Button
{
    public required string Name { get; init; }

    public required string Text { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }
}

/// <summary>
/// Those that only look: what changes something wants a reason, which the operator page asks for.
/// </summary>
static class Buttons
{
    internal static readonly IReadOnlyList<Button> All =
    [
        Of("Status", "status"), Of("Check", "check"), Of("Reconcile the books", "reconcile"),
        Of("Waiting events", "outbox", "list"), Of("Quarantine", "quarantine", "list"),
        Of("Pending requests", "pending", "list"), Of("Topology", "topology", "diff"), Of("Audit", "audit"),
    ];

    static Button Of(string text, params string[] arguments) =>
        new() { Name = string.Join('-', arguments), Text = text, Arguments = arguments };
}
