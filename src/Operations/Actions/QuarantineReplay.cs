using System.Globalization;
using Npgsql;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>
/// Sends quarantined messages to the worker again: the exact bytes and headers, with the signature they came
/// with, and only those that this signature proves under the keys of now. A row is marked in a commit after
/// the broker confirmed; if that is lost the message is sent twice, which the worker answers as a duplicate.
/// </summary>
sealed class QuarantineReplay(PostgresServers database, WorkerOptions options)
{
    const int AtOnce = 200;
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    readonly Authenticator _authenticator = new(options.Clients);

    /// <summary>Replays what is open and fits, oldest first.</summary>
    /// <param name="filter">Which messages.</param>
    /// <param name="limit">Most messages to send.</param>
    /// <param name="dryRun">Only says what would happen.</param>
    /// <param name="by">Who, and why.</param>
    /// <param name="progress">Told of each commit's messages; null: nobody listens.</param>
    /// <param name="stop">Ends it after the messages of the current commit.</param>
    /// <returns>What became of each that was looked at.</returns>
    internal async Task<IReadOnlyList<ReplayedMessage>> RunAsync(
        QuarantineFilter filter, int limit, bool dryRun, Operator by,
        IProgress<IReadOnlyList<ReplayedMessage>>? progress, CancellationToken stop)
    {
        await using var publisher = dryRun ? null : await RequestPublisher.ConnectAsync(options, stop);
        List<ReplayedMessage> all = [];
        var (after, left) = (0L, limit);
        while (left > 0)
        {
            var done = await ReplayNextAsync(publisher, filter, after, Math.Min(left, AtOnce), by, stop);
            if (done.Count == 0)
            {
                break;
            }

            all.AddRange(done);
            progress?.Report(done);
            after = done[^1].Id;
            left -= done.Count(one => one.Outcome is ReplayOutcome.Sent or ReplayOutcome.WouldBeSent);
            stop.ThrowIfCancellationRequested();
        }

        return all;
    }

    /// <summary>One commit's worth; empty: no more fit.</summary>
    async Task<IReadOnlyList<ReplayedMessage>> ReplayNextAsync(
        RequestPublisher? publisher, QuarantineFilter filter, long after, int limit, Operator by,
        CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        var taken = await Query.ReadAsync<StoredMessage>(
            session.Connection, "quarantine_take", stop,
            [.. QuarantineAdmin.Taken(filter), Parameter.Bigint(after), Parameter.Integer(limit)]);
        if (taken.Count == 0)
        {
            return [];
        }

        var done = await ReplayAsync(session.Connection, taken, publisher, filter, by, stop);
        await session.CommitAsync(CancellationToken.None);
        return done;
    }

    async Task<IReadOnlyList<ReplayedMessage>> ReplayAsync(
        NpgsqlConnection connection, List<StoredMessage> taken, RequestPublisher? publisher,
        QuarantineFilter filter, Operator by, CancellationToken stop)
    {
        var judged = await JudgeAsync(connection, taken, stop);
        if (publisher is null)
        {
            return judged;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(Timeout);
        var fit = judged.Where(one => one.Outcome == ReplayOutcome.WouldBeSent)
            .Select(one => one.Id).ToHashSet();
        var sent = await publisher.PublishAsync(
            [.. taken.Where(one => fit.Contains(one.Id))], timeout.Token);
        if (sent.Count > 0)
        {
            // The broker has them, so the rows must be marked even when somebody stops this command now.
            await Query.RunAsync(
                connection, "quarantine_resolve", CancellationToken.None,
                Parameter.Bigints([.. sent]), Parameter.Text("replayed"), Parameter.Text(by.Name),
                Parameter.Text(by.Note));
            await Audit.AddAsync(
                connection, by, "quarantine replay", $"{filter}: ids {sent.Min()} to {sent.Max()}",
                sent.Count, CancellationToken.None);
        }

        return
        [
            .. judged.Select(one => one.Outcome != ReplayOutcome.WouldBeSent ? one : one with
            {
                Outcome = sent.Contains(one.Id) ? ReplayOutcome.Sent : ReplayOutcome.NotConfirmed,
                Detail = sent.Contains(one.Id) ? null
                    : $"RabbitMQ put it into no queue: is {Wire.RequestQueue} bound and not full?",
            }),
        ];
    }

    async Task<List<ReplayedMessage>> JudgeAsync(
        NpgsqlConnection connection, List<StoredMessage> taken, CancellationToken stop)
    {
        var requests = taken.ConvertAll(message => (Message: message, Sender: Check(message)));
        var readable = requests.ConvertAll(one => one.Sender.Failure is not null
            ? null
            : RequestReader.Read(
                one.Message.ToReceived().Request, one.Sender.ClientId,
                new DateTimeOffset(one.Message.ReceivedAt)));
        var applied = (await Query.ReadAsync<AppliedKey>(
            connection, "applied", stop,
            Parameter.Texts(readable, request => request?.ClientId),
            Parameter.Texts(readable, request => request?.Key),
            Parameter.Byteas(readable, request => request?.ContentHash()),
            Parameter.Times(taken, message => message.ReceivedAt)))
            .ToDictionary(one => one.Place - 1);
        return [.. requests.Select((one, place) => Judged(
            one.Message, one.Sender.Failure, readable[place], applied.GetValueOrDefault(place)))];
    }

    /// <summary>As the consumer judges it: what it would refuse again is not sent.</summary>
    Authentication Check(StoredMessage message)
    {
        var sender = Admission.Check(message.ToReceived(), _authenticator);
        return message.BodySize is null ? sender : sender with { Failure = Reason.BodyTooLarge };
    }

    static ReplayedMessage Judged(
        StoredMessage message, Reason? failure, ReversalRequest? request, AppliedKey? applied)
    {
        var (outcome, detail) = message.BodySize is { } size
                ? (ReplayOutcome.StillRefused, string.Create(CultureInfo.InvariantCulture,
                    $"{failure}: of its {size} bytes only the first {message.Body.Length} were kept; " +
                    $"the sender has to send it again, smaller"))
            : failure is not null ? (ReplayOutcome.StillRefused, failure.Code)
            : applied is not null ? (ReplayOutcome.AlreadyApplied, $"event {applied.EventId}")
            : (ReplayOutcome.WouldBeSent, null);
        return new ReplayedMessage
        {
            Id = message.Id,
            Outcome = outcome,
            ClientId = message.ClientId,
            ReferenceId = request?.Key,
            Detail = detail,
        };
    }

    sealed record AppliedKey
    {
        public required long Place { get; init; }
        public required Guid EventId { get; init; }
    }
}
