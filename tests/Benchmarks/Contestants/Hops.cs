using Dapper;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// What no design can do without, and nothing else: publish, quorum queue, consume, commit one row, publish,
/// the subscriber's queue, consume. One a second, in this process.
/// </summary>
static class Hops
{
    const int WarmUp = 50;

    internal static async Task<Figure> RunAsync(BenchOptions options, Servers servers)
    {
        var database = await servers.CreateAsync();
        await using var source = NpgsqlDataSource.Create(servers.ConnectionString(database));
        await using (var setUp = await source.OpenConnectionAsync())
        {
            await setUp.ExecuteAsync("CREATE TABLE hop (id bigint PRIMARY KEY, body text NOT NULL)");
        }

        var factory =
            new ConnectionFactory { Uri = new Uri(servers.RabbitMq), ClientProvidedName = "bench-probe" };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var (first, second) = (
            await DeclareAsync(channel, quorum: true), await DeclareAsync(channel, options.QuorumTap));
        using var arrived = new SemaphoreSlim(0);
        await ConsumeAsync(connection, first, async delivery =>
        {
            await using var work = await source.OpenConnectionAsync();
            await work.ExecuteAsync(
                "INSERT INTO hop VALUES (@id, @body)",
                new { id = (long)delivery.DeliveryTag, body = new string('x', 1000) });
            return second;
        });
        await ConsumeAsync(connection, second, _ =>
        {
            arrived.Release();
            return Task.FromResult<string?>(null);
        });

        var latencies = await SendAsync(channel, first, arrived, options.AloneSeconds);
        await channel.QueueDeleteAsync(first);
        await channel.QueueDeleteAsync(second);
        await source.DisposeAsync();
        await servers.DropAsync(database);
        var all = Latencies.Of(latencies);
        return new Figure
        {
            Contestant = Runs.Probe,
            Measured = Phase.Alone,
            Messages = all.Count,
            Seconds = options.AloneSeconds,
            P50Milliseconds = all.P50,
            P99Milliseconds = all.P99,
            P999Milliseconds = all.P999,
            MostMilliseconds = all.Most,
        };
    }

    /// <summary>One message after the other; the first few are not measured.</summary>
    static async Task<double[]> SendAsync(IChannel channel, string queue, SemaphoreSlim arrived, int count)
    {
        var latencies = new List<double>(count);
        var body = new byte[200];
        for (var turn = 0; turn < WarmUp + count; turn++)
        {
            var measured = turn >= WarmUp;
            await Task.Delay(measured ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(20));
            var began = Stopwatch.GetTimestamp();
            await PublishAsync(channel, queue, body);
            if (!await arrived.WaitAsync(TimeSpan.FromSeconds(10)))
            {
                throw new BenchmarkException($"{Runs.Probe}: LOST: a message did not arrive within 10 s");
            }

            if (measured)
            {
                latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return [.. latencies];
    }

    static async Task<string> DeclareAsync(IChannel channel, bool quorum)
    {
        var queue = "bench-hop-" + Guid.CreateVersion7().ToString("N");
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(
                StringComparer.Ordinal) { ["x-queue-type"] = quorum ? "quorum" : "classic" });
        return queue;
    }

    /// <summary>
    /// Each consumer has a channel of its own, publishes on it to where the handler says, and acknowledges.
    /// </summary>
    static async Task ConsumeAsync(
        IConnection connection, string queue, Func<BasicDeliverEventArgs, Task<string?>> handle)
    {
        var channel = await connection.CreateChannelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            if (await handle(delivery) is { } next)
            {
                await PublishAsync(channel, next, delivery.Body);
            }

            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
    }

    static ValueTask PublishAsync(IChannel channel, string queue, ReadOnlyMemory<byte> body) =>
        channel.BasicPublishAsync(
        exchange: "", queue, mandatory: false,
            new BasicProperties { DeliveryMode = DeliveryModes.Persistent }, body);
}
