using Reversals.Operations.Actions;

namespace Reversals.Operations.Page;

/// <summary>What came of a form.</summary>
sealed record ActionModel : PageModel
{
    /// <summary>Messages that are named one by one.</summary>
    internal const int MostNamed = 100;

    public required string Text { get; init; }

    /// <summary>The form itself was wrong, so nothing was done.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Something was done, or would be.</summary>
    public bool HasEffect { get; init; }

    /// <summary>Why a replay ended before its end; empty: it did not.</summary>
    public string Why { get; init; } = "";

    /// <summary>Those of a replay that were not sent, came back, or would be sent.</summary>
    public IReadOnlyList<ReplayedMessage> NotSent { get; init; } = [];

    internal override Type View => typeof(ActionView);

    /// <summary>What was done something about.</summary>
    public string Of { get; init; } = "Quarantine";

    internal override string Title => IsRefused ? "Nothing was done" : Of;

    internal override string? Section => string.Equals(Of, "Quarantine", StringComparison.Ordinal)
        ? "/quarantine" : "/";

    internal override int Status =>
        IsRefused ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;

    internal static string Explain(ReplayOutcome outcome) => outcome switch
    {
        ReplayOutcome.StillRefused => "it would be refused again",
        ReplayOutcome.AlreadyApplied => "the same request is applied already",
        ReplayOutcome.NotConfirmed => "RabbitMQ did not take it",
        ReplayOutcome.CameBack => "it was sent and came back",
        ReplayOutcome.WouldBeSent => "it would be sent",
        _ => "",
    };
}
