using Reversals.Contracts;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Inbound;

/// <summary>What a worker would do with a message now.</summary>
sealed record PreviewedMessage
{
    /// <summary>The configured client; "unknown" when the message names none.</summary>
    public required string ClientId { get; init; }

    /// <summary>Why it would be quarantined; null: it would be decided.</summary>
    public Reason? Cause { get; init; }

    /// <summary>What could be read of it; null: it was not read.</summary>
    public ReversalRequest? Request { get; init; }

    /// <summary>What would be decided; null: nothing would.</summary>
    public ReversalDecision? Decision { get; init; }

    /// <summary>What that would come to; null: there would be no event.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>In one word: a reason, a cause, or what there is no reason for.</summary>
    internal string Text => this switch
    {
        { Cause: { } cause } => cause.Code,
        { Decision: Duplicate } => "DUPLICATE",
        { Decision: ToldBefore } => "REFUSED_BEFORE",
        { Outcome.PendingUntil: not null } => "PENDING",
        _ => Outcome!.Event!.Reason,
    };
}

/// <summary>
/// Tells what a worker with these settings would decide now, by the very steps of the worker: verify, read,
/// load, decide. It writes nothing and locks nothing, so what others commit a moment later may change it.
/// An operator's reads of the bill what a decision depends on, so it does not see that an event would be too
/// large.
/// </summary>
sealed class Preview(
    PostgresServers database, SnapshotSource source, WorkerOptions options, TimeProvider clock)
{
    readonly Authenticator _authenticator = new(options.Clients);

    readonly ClientPolicies _policies = new(new LiveSettings<WorkerOptions>(options));

    /// <summary>Decides these messages as if they came now, in this order.</summary>
    internal async Task<IReadOnlyList<PreviewedMessage>> DecideAsync(
        IReadOnlyList<ReceivedMessage> messages, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        PreviewedMessage[] read = [.. messages.Select(message => Read(message, now))];
        ReversalRequest[] requests = [.. read.Select(one => one.Request).OfType<ReversalRequest>()];
        if (requests.Length == 0)
        {
            return read;
        }

        var limit = new WaitingLimit(WorkerConfiguration.MostPending(options));
        var ledger = await LedgerSnapshot.ReadAsync(
            database, source, requests, _policies.Of, limit, stop);
        var fold = new DecisionFold(_policies.Of, limit, options.Outbound.MaxEventBytes);
        return [.. read.Select(one => one.Request is null ? one : Decide(one, fold, ledger, now))];
    }

    /// <summary>Decides one message; when its bill cannot even be read, it fails alone.</summary>
    internal async Task<PreviewedMessage> DecideAsync(ReceivedMessage message, CancellationToken stop)
    {
        try
        {
            return (await DecideAsync([message], stop))[0];
        }
        catch (Exception error) when (Faults.Classify(error) == Fault.Data)
        {
            var now = clock.GetUtcNow();
            return Failed(Read(message, now), now);
        }
    }

    PreviewedMessage Read(ReceivedMessage message, DateTimeOffset now)
    {
        var sender = Admission.Check(message, _authenticator);
        return new PreviewedMessage
        {
            ClientId = sender.ClientId,
            Cause = sender.Failure,
            Request = sender.Failure is null
                ? RequestReader.Read(message.Request, sender.ClientId, now)
                : null,
        };
    }

    /// <summary>What fails alone in the worker fails alone here.</summary>
    static PreviewedMessage Decide(
        PreviewedMessage one, DecisionFold fold, Ledger ledger, DateTimeOffset now)
    {
        try
        {
            var (decision, outcome) = fold.Next(one.Request!, ledger, now);
            return one with { Decision = decision, Outcome = outcome };
        }
        catch (Exception error) when (error is EventTooLargeException or InvalidOperationException)
        {
            return Failed(one, now);
        }
    }

    static PreviewedMessage Failed(PreviewedMessage one, DateTimeOffset now) => one with
    {
        Cause = Reason.InternalError, Outcome = Outcome.InternalError(one.Request!, now),
    };
}
