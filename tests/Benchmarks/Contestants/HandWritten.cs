using Dapper;
using MassTransit;
using Microsoft.Extensions.Logging;
using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// What a good developer writes in an afternoon from the same packages: MassTransit as it comes, Dapper, one
/// transaction a message, an outbox and a loop that publishes it. It knows requests that name a payment_ref.
/// </summary>
static class HandWritten
{
    /// <summary>More made it no faster, and each takes a connection to PostgreSQL.</summary>
    const int AtOnce = 64;

    internal static async Task RunAsync(
        WorkerOptions options, ILoggerFactory loggers, Func<IBusControl, Task, Task> run, Task stop)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        await using var servers = new NpgsqlDataSourceBuilder(
            new NpgsqlConnectionStringBuilder(options.ConnectionStrings.Postgres)
            {
                MaxAutoPrepare = 20,
                NoResetOnClose = true,
            }.ConnectionString).BuildMultiHost();
        await using var database = servers.WithTargetSession(TargetSessionAttributes.Primary);
        using var added = new SemaphoreSlim(0, 1);
        using var ended = new CancellationTokenSource();
        await using var relay = await HandWrittenRelay.OpenAsync(options, database, added);
        var loop = Task.Run(() => relay.RunAsync(ended.Token));
        var consumer = new Consumer(database, options.Clients, added);
        await run(Bus(options, loggers, consumer), Task.WhenAny(stop, loop));
        await ended.CancelAsync();
        await loop;
    }

    static IBusControl Bus(WorkerOptions options, ILoggerFactory loggers, Consumer consumer)
    {
        LogContext.ConfigureCurrentLogContext(loggers);
        return MassTransit.Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            Uri[] nodes = [.. BrokerNodes.Split(options.ConnectionStrings.RabbitMq).Select(node => new Uri(node))];
            bus.Host(nodes[0], host =>
            {
                if (nodes.Length > 1)
                {
                    host.UseCluster(cluster =>
                    {
                        foreach (var node in nodes)
                        {
                            cluster.Node($"{node.Host}:{node.Port}");
                        }
                    });
                }
            });
            bus.ReceiveEndpoint(Wire.RequestQueue, endpoint =>
            {
                endpoint.PrefetchCount = AtOnce;
                endpoint.ConcurrentMessageLimit = AtOnce;
                endpoint.ConfigureConsumeTopology = false;
                endpoint.ClearSerialization();
                endpoint.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
                endpoint.SetQuorumQueue();
                foreach (var (name, value) in Topology.RequestArguments)
                {
                    endpoint.SetQueueArgument(name, value!);
                }

                endpoint.Bind(Wire.RequestExchange, exchange => exchange.ExchangeType = "fanout");
                // The first is for a key that was used meanwhile, the others for a server that is away.
                endpoint.UseMessageRetry(retry => retry.Intervals(10, 100, 1_000, 5_000, 10_000, 20_000));
                endpoint.Instance(consumer);
            });
        });
    }

    sealed class Consumer(
        NpgsqlDataSource database, IReadOnlyDictionary<string, ClientOptions> clients, SemaphoreSlim added)
        : IConsumer<AskedReversal>
    {
        public async Task Consume(ConsumeContext<AskedReversal> context)
        {
            var headers = context.ReceiveContext.TransportHeaders;
            var client = headers.Get<string>(Wire.ClientIdHeader)!;
            var body = context.ReceiveContext.Body.GetBytes();
            if (!clients[client].ApiKeys.Any(key => Signature.Verify(
                body, Encoding.UTF8.GetBytes(key), headers.Get<string>(Wire.SignatureHeader))))
            {
                throw new BenchmarkException("a request of this benchmark was not authentic");
            }

            await using var connection = await database.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await HandWrittenReversal.ApplyAsync(connection, client, context.Message, hasOutbox: true);
            await transaction.CommitAsync();
            try
            {
                added.Release();
            }
            catch (SemaphoreFullException)
            {
                // The relay has not looked since the one before.
            }
        }
    }
}
