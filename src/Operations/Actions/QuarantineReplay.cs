using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>
/// Sends quarantined messages to the worker again: the exact bytes and headers, with the signature they came
/// with, and only those that this signature proves under the keys of now. Only what was there when it began
/// is sent, in portions that grow; when a portion comes back, the rest is not sent. A row is marked in a
/// commit after the broker confirmed; if that is lost the message is sent twice, which the worker answers as
/// a duplicate. One row of the audit stands for all of it, written at the end, whoever ended it.
/// </summary>
sealed class QuarantineReplay(PostgresServers database, WorkerOptions options, TimeProvider clock)
{
    readonly ReplayPortion _portion = new(
        database, new Authenticator(options.Clients),
        new Preview(database, SnapshotSource.ForOperator, options, clock));

    readonly ReplayFate _fate = new(database, clock);

    /// <summary>What is open and fits now.</summary>
    internal async Task<ReplayBound> BoundAsync(QuarantineFilter filter, CancellationToken stop) =>
        (await Query.ReadAsync<ReplayBound>(
            database, "quarantine_bound", stop, QuarantineAdmin.Taken(filter))).Single();

    /// <summary>Replays what is open and fits, oldest first.</summary>
    /// <param name="terms">Which messages, and how.</param>
    /// <param name="progress">Told of each commit's messages; null: nobody listens.</param>
    /// <param name="stop">Ends it after the messages of the current commit.</param>
    internal async Task<ReplayReport> RunAsync(
        ReplayTerms terms, IProgress<IReadOnlyList<ReplayedMessage>>? progress, CancellationToken stop)
    {
        var bound = await BoundAsync(terms.Filter, stop);
        await using var publisher = terms.IsDry ? null : await RequestPublisher.ConnectAsync(options, stop);
        List<ReplayedMessage> all = [];
        var (end, why) = (ReplayEnd.Complete, "");
        try
        {
            (end, why) = await RunAsync(publisher, terms, bound, all, progress, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            (end, why) = (
                ReplayEnd.Interrupted,
                "It was stopped: what was sent is marked, the rest is as it was. Run the same command " +
                "again for the rest");
        }
        finally
        {
            await AuditAsync(terms, [.. all.Where(one => one.IsSent).Select(one => one.Id)]);
        }

        return new() { Messages = all, End = end, Meant = bound.Count, Why = why };
    }

    async Task<Judgement> RunAsync(
        RequestPublisher? publisher, ReplayTerms terms, ReplayBound bound, List<ReplayedMessage> all,
        IProgress<IReadOnlyList<ReplayedMessage>>? progress, CancellationToken stop)
    {
        var pace = new ReplayPace(terms, clock);
        var judge = new ReplayJudge(_fate, terms, bound.Highest);
        while (pace.Next > 0)
        {
            stop.ThrowIfCancellationRequested();
            var after = all.Count == 0 ? 0 : all[^1].Id;
            var done = await _portion.RunAsync(publisher, terms, after, bound.Highest, pace.Next, stop);
            if (done.Messages.Count == 0)
            {
                break;
            }

            all.AddRange(done.Messages);
            progress?.Report(done.Messages);
            pace.Sent(publisher is null
                ? done.Messages.Count(one => one.Outcome == ReplayOutcome.WouldBeSent) : done.Sent.Count);
            if (done.Messages.Any(one => one.Outcome == ReplayOutcome.NotConfirmed))
            {
                return new(
                    ReplayEnd.NotTaken,
                    "RabbitMQ did not take all of the last portion. The rest was not sent");
            }

            if (done.Sent.Count > 0 && await judge.JudgeAsync(done.Sent, all, stop) is var ended
                && ended != Judgement.GoOn)
            {
                return ended;
            }

            await pace.WaitAsync(stop);
        }

        return await judge.EndAsync(all, stop);
    }

    /// <summary>What was sent stays so, whoever stops the command now.</summary>
    async Task AuditAsync(ReplayTerms terms, IReadOnlyList<long> sent)
    {
        if (sent.Count == 0)
        {
            return;
        }

        await using var session = await CommitSession.OpenAsync(database, CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        await Audit.AddAsync(
            session.Connection, terms.By, "quarantine replay",
            $"{terms.Filter}: ids {sent[0]} to {sent[^1]}", sent.Count, CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
    }
}
