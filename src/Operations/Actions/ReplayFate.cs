using Reversals.Operations.Queries;
using Reversals.Processing.Inbound;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Actions;

/// <summary>A message that was sent again, with all by which its decision is found.</summary>
sealed record SentMessage
{
    public required long Id { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>As it is quarantined for each cause.</summary>
    public required IReadOnlyList<byte[]> Fingerprints { get; init; }

    public required ReversalRequest Request { get; init; }

    internal static SentMessage Of(StoredMessage message, ReversalRequest request) => new()
    {
        Id = message.Id,
        ReceivedAt = new DateTimeOffset(message.ReceivedAt, TimeSpan.Zero),
        Fingerprints = Admission.Fingerprints(message.ToReceived()),
        Request = request,
    };

    /// <summary>
    /// The key of a request that does not wait: what was told about it before is told again, and leaves no
    /// other trace.
    /// </summary>
    internal string? ToldKey => Request.PendingFor == TimeSpan.Zero ? Request.Key : null;
}

/// <summary>What became of the messages of a portion.</summary>
sealed record PortionFate
{
    /// <summary>Those quarantined again: their ids, and the cause of each.</summary>
    public required IReadOnlyDictionary<long, string> CameBack { get; init; }

    /// <summary>Those of which nothing was heard in time.</summary>
    public required IReadOnlyList<SentMessage> Undecided { get; init; }
}

/// <summary>Waits until the workers have decided what was sent to them again, or it came back.</summary>
sealed class ReplayFate(PostgresServers database, TimeProvider clock)
{
    static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <param name="sent">The messages of a portion.</param>
    /// <param name="highest">What comes back has a higher id than all that was there.</param>
    /// <param name="timeout">How long they are waited for.</param>
    /// <param name="stop">Gives up.</param>
    /// <param name="mayBeLate">So many need not be waited for.</param>
    internal async Task<PortionFate> AwaitAsync(
        IReadOnlyList<SentMessage> sent, long highest, TimeSpan timeout, CancellationToken stop,
        int mayBeLate = 0)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            var heard = (await HeardAsync(sent, highest, stop)).ToLookup(one => one.Place, one => one.Cause);
            if (sent.Count - heard.Count <= mayBeLate || clock.GetElapsedTime(began) >= timeout)
            {
                return new()
                {
                    CameBack = heard.Where(one => one.Any(cause => cause is not null))
                        .ToDictionary(
                            one => sent[(int)one.Key].Id, one => one.First(cause => cause is not null)!),
                    Undecided = [.. sent.Where((_, place) => !heard.Contains(place))],
                };
            }

            await Task.Delay(PollInterval, clock, stop);
        }
    }

    Task<List<Heard>> HeardAsync(IReadOnlyList<SentMessage> sent, long highest, CancellationToken stop)
    {
        (SentMessage Message, long Place)[] all = [.. sent.Select((one, place) => (one, (long)place))];
        (byte[] Fingerprint, long Place)[] prints =
            [.. all.SelectMany(one => one.Message.Fingerprints.Select(print => (print, one.Place)))];
        return Query.ReadAsync<Heard>(
            database, "replay_fate", stop,
            Parameter.Byteas(prints, one => one.Fingerprint), Parameter.Bigints(prints, one => one.Place),
            Parameter.Bigint(highest), Parameter.Bigints(all, one => one.Place),
            Parameter.Texts(sent, one => one.Request.ClientId), Parameter.Texts(sent, one => one.Request.Key),
            Parameter.Byteas(sent, one => one.Request.ContentHash()),
            Parameter.Byteas(sent, one => one.Request.Delivery!.Hash()),
            Parameter.Times(sent, one => one.ReceivedAt.UtcDateTime),
            Parameter.Texts(sent, one => one.ToldKey));
    }

    /// <summary>Something was heard of a message.</summary>
    sealed record Heard
    {
        public required long Place { get; init; }

        /// <summary>Why it is quarantined again; null: it was decided.</summary>
        public string? Cause { get; init; }
    }
}
