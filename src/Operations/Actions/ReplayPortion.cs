using System.Globalization;
using Npgsql;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Inbound;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>What a portion of a replay looked at, and what of it was sent.</summary>
sealed record PortionReplayed(
    IReadOnlyList<ReplayedMessage> Messages, IReadOnlyList<SentMessage> Sent);

/// <summary>
/// One commit's worth of a replay: takes the next messages, judges them as the worker would, publishes those
/// that fit, and marks those that the broker confirmed.
/// </summary>
sealed class ReplayPortion(PostgresServers database, Authenticator authenticator, Preview preview)
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The next ones; empty: no more fit.</summary>
    /// <param name="publisher">Null: nothing is sent, and of each it is said what would be decided.</param>
    /// <param name="terms">Which, and who sends them.</param>
    /// <param name="after">The last one that was looked at.</param>
    /// <param name="highest">The last one that is meant.</param>
    /// <param name="most">Most to send.</param>
    /// <param name="stop">Gives up, unless some are on their way already.</param>
    internal async Task<PortionReplayed> RunAsync(
        RequestPublisher? publisher, ReplayTerms terms, long after, long highest, int most,
        CancellationToken stop)
    {
        await using var session = await CommitSession.OpenAsync(database, stop);
        await session.BeginAsync(stop);
        var taken = await Query.ReadAsync<StoredMessage>(
            session.Connection, "quarantine_take", stop,
            [
                .. QuarantineAdmin.Taken(terms.Filter), Parameter.Bigint(after),
                Parameter.Integer(ReplayPace.AtOnce), Parameter.Bigint(highest),
            ]);
        var judged = await JudgeAsync(session.Connection, taken, stop);
        judged = [.. judged.Take(LengthOf(judged, most))];
        if (publisher is null)
        {
            return new(await DecidedAsync(judged, stop), []);
        }

        var confirmed = await SendAsync(session.Connection, judged, publisher, terms.By);
        await session.CommitAsync(CancellationToken.None);
        return new(
            [.. judged.Select(one => Told(one.Replayed, confirmed))],
            [
                .. judged.Where(one => confirmed.Contains(one.Message.Id))
                    .Select(one => SentMessage.Of(one.Message, one.Request!)),
            ]);
    }

    /// <summary>
    /// What is on its way is waited for, whoever stops the command now: the rows must be marked.
    /// </summary>
    static async Task<HashSet<long>> SendAsync(
        NpgsqlConnection connection, IReadOnlyList<Judged> judged, RequestPublisher publisher, Operator by)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        var confirmed = await publisher.PublishAsync(
            [.. judged.Where(one => one.IsFit).Select(one => one.Message)], timeout.Token);
        if (confirmed.Count > 0)
        {
            await Query.RunAsync(
                connection, "quarantine_resolve", CancellationToken.None,
                Parameter.Bigints([.. confirmed]), Parameter.Text("replayed"), Parameter.Text(by.Name),
                Parameter.Text(by.Note));
        }

        return confirmed;
    }

    static ReplayedMessage Told(ReplayedMessage one, HashSet<long> confirmed) =>
        one.Outcome != ReplayOutcome.WouldBeSent ? one
        : confirmed.Contains(one.Id) ? one with { Outcome = ReplayOutcome.Sent }
        : one with
        {
            Outcome = ReplayOutcome.NotConfirmed,
            Detail = $"RabbitMQ put it into no queue: is {Wire.RequestQueue} bound and not full?",
        };

    /// <summary>So many have to be looked at until most of them fit.</summary>
    static int LengthOf(IReadOnlyList<Judged> judged, int most) =>
        judged.Where(one => one.IsFit).Skip(most).Select(one => one.Place).FirstOrDefault(judged.Count);

    async Task<IReadOnlyList<Judged>> JudgeAsync(
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
        return
        [
            .. requests.Select((one, place) => new Judged(
                place, one.Message, readable[place],
                Judge(
                    one.Message, one.Sender.Failure, readable[place], applied.GetValueOrDefault(place)))),
        ];
    }

    /// <summary>As the consumer judges it: what it would refuse again is not sent.</summary>
    Authentication Check(StoredMessage message)
    {
        var sender = Admission.Check(message.ToReceived(), authenticator);
        return message.BodySize is null ? sender : sender with { Failure = Reason.BodyTooLarge };
    }

    static ReplayedMessage Judge(
        StoredMessage message, Reason? failure, ReversalRequest? request, AppliedKey? applied)
    {
        var (outcome, detail) = message.BodySize is { } size
                ? (ReplayOutcome.StillRefused, string.Create(CultureInfo.InvariantCulture,
                    $"{failure}: of its {size} bytes only the first {message.Body.Length} were kept; " +
                    $"the sender has to send it again, smaller"))
            : failure is not null ? (ReplayOutcome.StillRefused, failure.Code)
            : applied is not null && !message.IsOfPause
                ? (ReplayOutcome.AlreadyApplied, $"event {applied.EventId}")
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

    /// <summary>Of those that would be sent, what the worker would decide.</summary>
    async Task<IReadOnlyList<ReplayedMessage>> DecidedAsync(
        IReadOnlyList<Judged> judged, CancellationToken stop)
    {
        var decided = await preview.DecideAsync(
            [.. judged.Where(one => one.IsFit).Select(one => one.Message.ToReceived())], stop);
        var next = 0;
        return
        [
            .. judged.Select(one => one.IsFit
                ? one.Replayed with { Decision = decided[next++].Text }
                : one.Replayed),
        ];
    }

    /// <summary>A message that was looked at, and what is to be done with it.</summary>
    sealed record Judged(
        int Place, StoredMessage Message, ReversalRequest? Request, ReplayedMessage Replayed)
    {
        internal bool IsFit => Replayed.Outcome == ReplayOutcome.WouldBeSent;
    }

    sealed record AppliedKey
    {
        public required long Place { get; init; }
        public required Guid EventId { get; init; }
    }
}
