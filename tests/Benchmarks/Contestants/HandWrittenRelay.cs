using Dapper;
using Npgsql;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// The outbox of <see cref="HandWritten"/>: reads the oldest rows under locks, publishes them with confirms,
/// deletes them, commits. Woken by each commit of this process, and once a second.
/// </summary>
sealed class HandWrittenRelay : IAsyncDisposable
{
    const int AtOnce = 200;

    const string Read =
        """
        SELECT o.id, o.kind, o.replayed, e.event_id, e.client_id, e.body
        FROM reversals.outbox o JOIN reversals.event e ON e.event_id = o.event_id
        ORDER BY o.id LIMIT @AtOnce FOR UPDATE OF o SKIP LOCKED
        """;

    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly NpgsqlDataSource _database;
    readonly SemaphoreSlim _added;

    HandWrittenRelay(
        IConnection connection, IChannel channel, NpgsqlDataSource database, SemaphoreSlim added) =>
        (_connection, _channel, _database, _added) = (connection, channel, database, added);

    internal static async Task<HandWrittenRelay> OpenAsync(
        WorkerOptions options, NpgsqlDataSource database, SemaphoreSlim added)
    {
        Uri[] nodes = [.. BrokerNodes.Split(options.ConnectionStrings.RabbitMq).Select(node => new Uri(node))];
        var factory = new ConnectionFactory { Uri = nodes[0], ClientProvidedName = "bench-relay" };
        var connection = await factory.CreateConnectionAsync(nodes.Select(node => new AmqpTcpEndpoint(node)));
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        foreach (var kind in (string[])[PaymentReversed.Kind, ReversalRejected.Kind])
        {
            await channel.ExchangeDeclareAsync(ExchangeOf(kind), ExchangeType.Fanout, durable: true);
        }

        return new HandWrittenRelay(connection, channel, database, added);
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    internal async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (await PublishAsync() == 0)
            {
                await Task.WhenAny(_added.WaitAsync(TimeSpan.FromSeconds(1), stop));
            }
        }
    }

    async Task<int> PublishAsync()
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var rows = (await connection.QueryAsync<Row>(Read, new { AtOnce })).ToArray();
        if (rows.Length == 0)
        {
            return 0;
        }

        await Task.WhenAll(rows.Select(row => SendAsync(row).AsTask()));
        await connection.ExecuteAsync(
            "DELETE FROM reversals.outbox WHERE id = ANY (@ids) AND kind = ANY (@kinds)",
            new
            {
                ids = rows.Select(row => row.Id).ToArray(),
                kinds = rows.Select(row => row.Kind).Distinct(StringComparer.Ordinal).ToArray(),
            });
        await transaction.CommitAsync();
        return rows.Length;
    }

    ValueTask SendAsync(Row row) => _channel.BasicPublishAsync(
        ExchangeOf(row.Kind), routingKey: "", mandatory: true,
        new BasicProperties
        {
            MessageId = row.EventId.ToString(), ContentType = Wire.ContentType, Type = row.Kind,
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [Wire.ClientIdHeader] = row.ClientId,
                [Wire.ReplayedHeader] = row.Replayed,
            },
        },
        row.Body);

    static string ExchangeOf(string kind) => kind is PaymentReversed.Kind
        ? Wire.PaymentReversedExchange
        : Wire.ReversalRejectedExchange;

#pragma warning disable CA1812 // Dapper makes it.
    sealed record Row
#pragma warning restore CA1812
    {
        public required long Id { get; init; }
        public required string Kind { get; init; }
        public required bool Replayed { get; init; }
        public required Guid EventId { get; init; }
        public required string ClientId { get; init; }
        public required byte[] Body { get; init; }
    }
}
