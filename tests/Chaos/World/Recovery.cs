using System.Diagnostics;
using Npgsql;

namespace Reversals.Tests.Chaos.World;

/// <summary>How the workers come back, looked at from outside.</summary>
sealed class Recovery(Servers servers, Broker broker)
{
    /// <summary>In seconds; what is promised is far less, and judged apart.</summary>
    const double Longest = 180;

    static readonly string[] Ours =
    [
        Broker.Requests, Broker.DeadLetters, Broker.Tap, Broker.Second, .. Broker.Events,
    ];

    internal Task<long> AppliedAsync() => NumberAsync("SELECT count(*) FROM reversals.reversal");

    /// <summary>How long until something new is answered; null: nothing within the longest time.</summary>
    internal async Task<TimeSpan?> FirstProgressAsync()
    {
        var before = await AnsweredAsync();
        return await Until.TakesAsync(async () => await AnsweredAsync() > before, Longest);
    }

    /// <summary>How long after a moment nothing waited anywhere; null: longer than the longest.</summary>
    internal async Task<TimeSpan?> BacklogGoneAsync(long since)
    {
        while (await Until.TakesAsync(NothingWaitsAsync, Longest) is not null)
        {
            // Workers may still hold messages in their hands. Only the broker's own tool counts them, slowly.
            var took = Stopwatch.GetElapsedTime(since);
            var held = (await MessagesAsync()).GetValueOrDefault(Broker.Requests);
            if (held == 0 && await NothingWaitsAsync())
            {
                return took;
            }

            if (took.TotalSeconds > Longest)
            {
                break;
            }
        }

        return null;
    }

    async Task<bool> NothingWaitsAsync() =>
        await NumberAsync("SELECT count(*) FROM reversals.outbox") == 0 && await broker.WaitingAsync() == 0;

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
                return queues[Broker.Requests] == 0 && queues[Broker.Tap] == 0
                    && await NumberAsync("SELECT count(*) FROM reversals.outbox") == 0;
            },
            Longest);
        var exchanges = (await LinesAsync("list_exchanges -s name")).Where(
            name => name.Length > 0 && !name.StartsWith("amq.", StringComparison.Ordinal));
        return new QueueCounts(
            queues[Broker.Requests], queues.GetValueOrDefault(Broker.DeadLetters),
            [.. queues.Keys.Union(exchanges, StringComparer.Ordinal).Except(Ours, StringComparer.Ordinal)]);
    }

    internal async Task<long> NumberAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(servers.Books);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>By queue: those that wait and those that somebody holds.</summary>
    async Task<Dictionary<string, long>> MessagesAsync() =>
        (await LinesAsync("list_queues -s name messages"))
            .Select(line => line.Split('\t'))
            .ToDictionary(cells => cells[0], cells => long.Parse(cells[1], null), StringComparer.Ordinal);

    Task<long> AnsweredAsync() => NumberAsync(
        "SELECT (SELECT count(*) FROM reversals.event) + (SELECT count(*) FROM reversals.quarantine)");

    async Task<string[]> LinesAsync(string arguments) =>
        (await servers.RabbitMqAsync(arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
