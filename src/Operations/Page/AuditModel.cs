using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>Who did what by hand.</summary>
sealed record AuditModel : PageModel
{
    internal const int Most = 200;

    public required IReadOnlyList<OperatorAction> Actions { get; init; }

    internal override Type View => typeof(AuditView);

    internal override string Title => "Audit";

    internal override string Section => "/audit";
}
