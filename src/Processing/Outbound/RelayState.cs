using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Outbound;

/// <summary>
/// Where a relay stands, and where it goes from there: pure, so that each way is tested without servers. The
/// usual round is connected → publishing → connected; what was published is completed with a later claim.
/// A closed set.
/// </summary>
abstract record RelayState
{
    private protected RelayState()
    {
    }

    /// <summary>What became of earlier rows and the outbox does not say yet; null: nothing.</summary>
    internal Completion? ToComplete { get; init; }

    /// <summary>Something failed: nobody need wait for the lease of what was not published.</summary>
    internal BackingOff Failed(Guid leaseId)
    {
        IReadOnlyList<OutboxRow> inHand = this switch
        {
            Claiming claiming => claiming.HandedOver,
            Publishing publishing => publishing.Rows,
            _ => [],
        };
        return new BackingOff(Completes: false, IsConnected: false)
        {
            ToComplete = inHand.Count == 0
                ? ToComplete
                : Completion.AllFailed(leaseId, inHand).With(ToComplete),
        };
    }
}

/// <summary>It has no connection to the broker.</summary>
sealed record Disconnected : RelayState
{
    internal Connected Connect() => new() { ToComplete = ToComplete };
}

/// <summary>It can publish, and has nothing in hand.</summary>
sealed record Connected : RelayState
{
    /// <summary>The commits of this worker handed rows over, or none.</summary>
    /// <param name="rows">What was handed over.</param>
    /// <param name="claims">Whether it is time to complete, and to claim what others left.</param>
    internal RelayState Take(IReadOnlyList<OutboxRow> rows, bool claims) => rows.Count == 0 || claims
        ? new Claiming(rows) { ToComplete = ToComplete }
        : new Publishing(rows) { ToComplete = ToComplete };
}

/// <summary>It completes what was published, and claims more, in one commit.</summary>
sealed record Claiming(IReadOnlyList<OutboxRow> HandedOver) : RelayState
{
    /// <summary>Both are done.</summary>
    /// <param name="claimed">What was claimed, as far as it is surely still ours.</param>
    /// <param name="keepsHandedOver">Whether what was handed over is surely still ours.</param>
    internal RelayState Claim(IReadOnlyList<OutboxRow> claimed, bool keepsHandedOver)
    {
        OutboxRow[] rows = [.. keepsHandedOver ? HandedOver : [], .. claimed];
        return rows.Length == 0 ? new Idle() : new Publishing(rows);
    }
}

/// <summary>These rows are on their way, under its lease.</summary>
sealed record Publishing(IReadOnlyList<OutboxRow> Rows) : RelayState
{
    /// <summary>
    /// The broker has answered, or has not. When it takes nothing at all, taking the next rows at once would
    /// only touch them all in vain. What is refused backs off by itself.
    /// </summary>
    internal RelayState Publish(Published published)
    {
        var toComplete = published.Completion.With(ToComplete);
        return published switch
        {
            { IsAnswered: false } => new BackingOff(Completes: true, !published.IsConnectionLost)
            {
                ToComplete = toComplete,
            },
            { IsConnectionLost: true } => new Disconnected { ToComplete = toComplete },
            _ => new Connected { ToComplete = toComplete },
        };
    }
}

/// <summary>There was nothing to do: it waits to be woken, or for its next poll.</summary>
sealed record Idle : RelayState
{
    internal RelayState Wake(bool isStopping) => isStopping
        ? new Stopped { ToComplete = ToComplete }
        : new Connected { ToComplete = ToComplete };
}

/// <summary>It waits because of a failure.</summary>
/// <param name="Completes">Whether it completes what there is before it waits.</param>
/// <param name="IsConnected">Whether it still has its connection.</param>
sealed record BackingOff(bool Completes, bool IsConnected) : RelayState
{
    internal BackingOff Complete() => this with { ToComplete = null };

    internal RelayState Wake(bool isStopping) =>
        isStopping ? new Stopped { ToComplete = ToComplete }
        : IsConnected ? new Connected { ToComplete = ToComplete }
        : new Disconnected { ToComplete = ToComplete };
}

/// <summary>Nothing is left to do but the last completion.</summary>
sealed record Stopped : RelayState;

/// <summary>What came of publishing the rows in hand.</summary>
/// <param name="Completion">What became of each row.</param>
/// <param name="IsConnectionLost">
/// Whether something may still stand in the buffers of the connection, so that it must not be used again.
/// </param>
sealed record Published(Completion Completion, bool IsConnectionLost)
{
    /// <summary>Whether the broker said anything about an event.</summary>
    internal bool IsAnswered => Completion.Confirmed.Length + Completion.Refused.Length > 0;
}
