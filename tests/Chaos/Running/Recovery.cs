namespace Reversals.Tests.Chaos.Running;

/// <summary>How the workers come back, looked at from outside.</summary>
/// <param name="numberAsync">What a question in the database has for an answer.</param>
/// <param name="controlAsync">What the broker's own tool says.</param>
/// <param name="broker">Its queues.</param>
/// <param name="longest">In seconds; what is promised is far less, and judged apart.</param>
/// <param name="heard">How many events a subscriber has heard so far.</param>
/// <param name="contestant">Whose workers they are.</param>
sealed class Recovery(
    Func<string, Task<long>> numberAsync, Func<string, Task<string>> controlAsync, Broker broker, double longest,
    Func<int> heard, Contestant contestant)
{
    /// <summary>To look costs the servers a connection, and they are busy.</summary>
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    static readonly string[] Ours =
    [
        Broker.Requests, Broker.DeadLetters, Broker.Answers, Broker.Previews, Broker.Tap, Broker.Second,
        .. Broker.Events,
    ];

    internal Task<long> AppliedAsync() => numberAsync("SELECT count(*) FROM reversals.reversal");

    /// <summary>
    /// How long until something new is answered or an answer is heard; null: nothing within the longest time.
    /// </summary>
    internal async Task<TimeSpan?> FirstProgressAsync()
    {
        var (before, heardBefore) = (await AnsweredAsync(), heard());
        return await Until.TakesAsync(
            async () => heard() > heardBefore || await AnsweredAsync() > before, longest, Step);
    }

    /// <summary>How long after a moment nothing waited anywhere; null: longer than the longest.</summary>
    internal async Task<TimeSpan?> BacklogGoneAsync(long since)
    {
        while (await Until.TakesAsync(NothingWaitsAsync, longest, Step) is not null)
        {
            // Workers may still hold messages in their hands. Only the broker's own tool counts them, slowly.
            var took = Stopwatch.GetElapsedTime(since);
            var held = (await MessagesAsync()).GetValueOrDefault(Broker.Requests);
            if (held == 0 && await NothingWaitsAsync())
            {
                return took;
            }

            if (took.TotalSeconds > longest)
            {
                break;
            }
        }

        return null;
    }

    /// <summary>What the workers gave up, in queues and in the database, and what they have still to do.</summary>
    internal async Task<(long SetAside, long Waiting)> LeftAsync()
    {
        var queues = await MessagesAsync();
        return (
            queues.GetValueOrDefault(Broker.DeadLetters) + queues.GetValueOrDefault(Broker.Errors)
                + await numberAsync(contestant.SetAside),
            queues.GetValueOrDefault(Broker.Requests) + await numberAsync(contestant.Waits));
    }

    async Task<bool> NothingWaitsAsync() =>
        await numberAsync(contestant.Waits) == 0
        && await broker.WaitingAsync() == 0;

    /// <summary>
    /// The queues at the end. Messages that a dead worker held come back, so it waits until they are done.
    /// </summary>
    internal async Task<QueueCounts> CountAsync()
    {
        Dictionary<string, long> queues = [];
        await Until.TakesAsync(
            async () =>
            {
                queues = await MessagesAsync();
                return !queues.Keys.Except(Ours, StringComparer.Ordinal).Any()
                    && queues[Broker.Requests] == 0 && queues[Broker.Tap] == 0
                    && await numberAsync("SELECT count(*) FROM reversals.outbox") == 0;
            },
            longest, Step);
        var exchanges = (await LinesAsync("list_exchanges -s name")).Where(
            name => name.Length > 0 && !name.StartsWith("amq.", StringComparison.Ordinal));
        return new QueueCounts(
            queues[Broker.Requests], queues.GetValueOrDefault(Broker.DeadLetters),
            [.. queues.Keys.Union(exchanges, StringComparer.Ordinal).Except(Ours, StringComparer.Ordinal)]);
    }

    /// <summary>By queue: those that wait and those that somebody holds.</summary>
    async Task<Dictionary<string, long>> MessagesAsync() =>
        (await LinesAsync("list_queues -s name messages"))
            .Select(line => line.Split('\t'))
            .ToDictionary(cells => cells[0], cells => long.Parse(cells[1], null), StringComparer.Ordinal);

    Task<long> AnsweredAsync() => numberAsync(
        "SELECT (SELECT count(*) FROM reversals.event) + (SELECT count(*) FROM reversals.quarantine)");

    async Task<string[]> LinesAsync(string arguments) =>
        (await controlAsync(arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
