using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>How the whole is doing: what is wrong first, then how much there is of everything.</summary>
sealed record OverviewModel : PageModel
{
    internal const int LatestActions = 5;
    internal const int Interval = 10;

    /// <summary>Named apart from the status of the answer.</summary>
    public required Status Found { get; init; }

    public required QueueReport Queues { get; init; }
    public required IReadOnlyList<OperatorAction> Actions { get; init; }
    public required IReadOnlyList<RateSample> Rates { get; init; }

    /// <summary>An event that waits longer is a problem.</summary>
    public required TimeSpan OutboxAgeLimit { get; init; }

    /// <summary>Whether the browser asks again by itself.</summary>
    public required bool Refreshes { get; init; }

    internal override Type View => typeof(OverviewView);

    internal override string Title => "Overview";

    internal override string Section => "/";

    internal override int? RefreshSeconds => Refreshes ? Interval : null;

    /// <summary>No requests are taken of anybody.</summary>
    internal bool IsPaused => Found.Pauses.Any(one => one.IsOfAll);

    internal long Quarantined => Found.Quarantine.Sum(cause => cause.Count);

    internal long Unpublished => Found.Outbox.Sum(one => one.Pending);

    /// <summary>How long the oldest event has waited; null: none waits.</summary>
    internal TimeSpan? OldestEvent => Found.At - Found.Outbox.Min(one => one.OldestAt);

    internal bool IsLate => OldestEvent > OutboxAgeLimit;

    internal QueueState? Queue(string name) =>
        Queues.Queues.FirstOrDefault(queue => string.Equals(queue.Name, name, StringComparison.Ordinal));
}
