using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.RabbitMq;

namespace Reversals.Operations.Demo;

/// <summary>
/// The biller API specification's example from end to end against the running worker, as an upstream service
/// and a subscriber do it. The first run sends the request of the specification; later runs pay the bill
/// again and reverse that payment.
/// </summary>
static class Demonstration
{
    const string Prefix = "857399";
    const string Account = "1234567890";
    const string FirstPaymentRef = "1234567890";
    const string FirstReferenceId = "abcRef13456789";
    static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    internal static async Task<int> RunAsync(WorkerOptions options, CancellationToken stop)
    {
        var (clientId, client) = options.Clients.First();
        await using var source = Database.OpenForPeople(
            options.ConnectionStrings.Postgres, NullLoggerFactory.Instance);
        await using var database = await source.OpenConnectionAsync(stop);
        var billId = await FindOrAddBillAsync(database, clientId);
        var paymentRef = await PayAsync(database, clientId, billId);
        var first = string.Equals(paymentRef, FirstPaymentRef, StringComparison.Ordinal);
        var referenceId = first ? FirstReferenceId : "demo-" + paymentRef;

        var connection = await BrokerConnection.ConnectAsync(options.Broker, "reversals-demo", stop);
        await using var end = new QuickEnd(connection);
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true),
            stop);
        await using var endOfChannel = new QuickEnd(channel);
        var result = await SubscribeAsync(channel, referenceId, stop);

        Console.WriteLine($"bill before: {await BillAsync(database, billId)}");
        var body = Body(paymentRef, referenceId);
        Console.WriteLine($"request:     {body}");
        await PublishAsync(channel, clientId, client.ApiKeys[0], body, stop);
        try
        {
            Console.WriteLine($"event:       {await result.WaitAsync(AnswerTimeout, stop)}");
        }
        catch (TimeoutException)
        {
            await Console.Error.WriteLineAsync(
                $"No event within {AnswerTimeout.TotalSeconds:0} s. " +
                $"Is the worker running, with the key of client {clientId}?");
            return 1;
        }

        Console.WriteLine($"bill after:  {await BillAsync(database, billId)}");
        return 0;
    }

    static Task<long> FindOrAddBillAsync(NpgsqlConnection database, string clientId) =>
        ValueAsync<long>(
            database, "demo_find_or_add_bill", Parameter.Text(clientId), Parameter.Text(Prefix + Account));

    /// <summary>Pays 10 000 on the bill; returns the payment's payment_ref.</summary>
    static async Task<string> PayAsync(NpgsqlConnection database, string clientId, long billId)
    {
        var payments = await ValueAsync<long>(database, "demo_count_payments", Parameter.Bigint(billId));
        var paymentRef = (long.Parse(FirstPaymentRef, CultureInfo.InvariantCulture) + payments)
            .ToString(CultureInfo.InvariantCulture);
        await Query.RunAsync(
            database, "demo_pay", CancellationToken.None, Parameter.Bigint(billId), Parameter.Text(clientId),
            Parameter.Text(paymentRef), Parameter.Text(Prefix + Account));
        return paymentRef;
    }

    static string Body(string paymentRef, string referenceId) =>
        $$"""
        {"payment_ref":"{{paymentRef}}","amount":10000,"reference_id":"{{referenceId}}",
        """ +
        $$"""
        "virtual_account":"{{Account}}","channel":"bank_name","prefix":"{{Prefix}}"}
        """;

    static async Task<Task<string>> SubscribeAsync(
        IChannel channel, string referenceId, CancellationToken stop)
    {
        var result = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        // The user demo of the broker may make only queues whose names begin with demo-.
        var queue = await channel.QueueDeclareAsync($"demo-{Guid.CreateVersion7()}", cancellationToken: stop);
        foreach (var exchange in (string[])[Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange])
        {
            await BindAsync(channel, queue.QueueName, exchange, stop);
        }

        var subscriber = new AsyncEventingBasicConsumer(channel);
        subscriber.ReceivedAsync += (_, delivery) =>
        {
            var body = Encoding.UTF8.GetString(delivery.Body.Span);
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.GetProperty("reference_id").ValueEquals(referenceId))
            {
                result.TrySetResult(body);
            }

            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, subscriber, stop);
        return result.Task;
    }

    static async Task BindAsync(IChannel channel, string queue, string exchange, CancellationToken stop)
    {
        try
        {
            await channel.QueueBindAsync(queue, exchange, routingKey: "", cancellationToken: stop);
        }
        catch (OperationInterruptedException error)
            when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            throw new InvalidOperationException(
                $"The broker has no exchange {exchange} yet. Start the worker: it makes it.", error);
        }
    }

    static async Task PublishAsync(
        IChannel channel, string clientId, string key, string body, CancellationToken stop)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var properties = new BasicProperties
        {
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [Wire.SignatureHeader] = Signature.Compute(bytes, key),
                [Wire.ClientIdHeader] = clientId,
            },
        };
        await channel.BasicPublishAsync(
            Wire.RequestExchange, routingKey: "", mandatory: true, properties, bytes, stop);
    }

    static Task<string> BillAsync(NpgsqlConnection database, long billId) =>
        ValueAsync<string>(database, "demo_bill", Parameter.Bigint(billId));

    static async Task<T> ValueAsync<T>(
        NpgsqlConnection database, string name, params NpgsqlParameter[] values)
    {
        await using var command = Rows.Command(database, Query.Statement(name), values);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
