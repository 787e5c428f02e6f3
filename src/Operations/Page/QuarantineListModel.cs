using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>The quarantine: by cause, and as a list.</summary>
sealed record QuarantineListModel : PageModel
{
    /// <summary>Messages on one page of the list.</summary>
    internal const int Rows = 50;

    public required QuarantineFilter Filter { get; init; }
    public required QuarantinePage Messages { get; init; }

    /// <summary>What is open; empty when the list is of one cause.</summary>
    public required IReadOnlyList<QuarantineCause> Causes { get; init; }

    /// <summary>What was counted and not kept; null when the list is of one cause.</summary>
    public DroppedState? Dropped { get; init; }

    internal override Type View => typeof(QuarantineListView);

    internal override string Title => Filter.Cause ?? "Quarantine";

    internal override string Section => "/quarantine";

    /// <summary>What a replay of this cause would take.</summary>
    internal long Open => Filter.All ? 0 : Messages.Total;
}
