// Asks for a reversal and listens for its event. dotnet add package RabbitMQ.Client, Reversals.Contracts
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Reversals.Contracts;

HashSet<Guid> seen = [];    // in a service: tables, changed in one transaction with what the event changes
Dictionary<string, long> newest = [];
var (queue, mine) = (Env("QUEUE"), Guid.NewGuid().ToString());
var down = await new ConnectionFactory { Uri = new(Env("SUBSCRIBER_URL")) }.CreateConnectionAsync();
var subscriber = await down.CreateChannelAsync();
await subscriber.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false,
    new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
await subscriber.QueueBindAsync(queue, Wire.PaymentReversedExchange, "");   // the worker's: never declare
await subscriber.QueueBindAsync(queue, Wire.ReversalRejectedExchange, "");

var request = new ReversalRequestBody { PaymentRef = Env("PAYMENT_REF"), ReferenceId = Env("REFERENCE_ID") }
    .Sign(Env("CLIENT_ID"), Env("API_KEY"));
var up = await new ConnectionFactory { Uri = new(Env("UPSTREAM_URL")) }.CreateConnectionAsync();
var upstream = await up.CreateChannelAsync(new(true, publisherConfirmationTrackingEnabled: true));
await upstream.BasicPublishAsync(Wire.RequestExchange, "", mandatory: true, new BasicProperties
{
    ContentType = Wire.ContentType, DeliveryMode = DeliveryModes.Persistent, CorrelationId = mine,
    Timestamp = new(DateTimeOffset.UtcNow.ToUnixTimeSeconds()), Headers = request.CreateHeaders(),
}, request.Body);           // throws when the broker refuses it or no queue gets it
var answered = new TaskCompletionSource();
var consumer = new AsyncEventingBasicConsumer(subscriber);
consumer.ReceivedAsync += async (_, delivery) =>
{
    Console.WriteLine(Read(delivery));
    await subscriber.BasicAckAsync(delivery.DeliveryTag, multiple: false);
    if (delivery.BasicProperties.CorrelationId == mine) answered.SetResult();
};
await subscriber.BasicConsumeAsync(queue, autoAck: false, consumer);
await answered.Task;
string Read(BasicDeliverEventArgs delivery)
{
    object? header = null;
    delivery.BasicProperties.Headers?.TryGetValue(Wire.SignatureHeader, out header);
    var signature = Encoding.UTF8.GetString(header as byte[] ?? []);
    if (!Signature.Verify(delivery.Body.Span, Encoding.UTF8.GetBytes(Env("EVENTS_KEY")), signature)) return "forged";
    var read = ReversalEvent.Read(delivery.Body.Span);      // its type: PaymentReversed or ReversalRejected
    if (!seen.Add(read.EventId)) return $"duplicate {read.EventId}";
    if (read is { Data.Hash: var bill, BillVersion: { } version } && version < newest.GetValueOrDefault(bill))
        return $"stale {read.EventId}";     // the event counts, its snapshot of the bill is old
    if (read.Data is not null) newest[read.Data.Hash] = read.BillVersion ?? 0;
    return $"{read.Reason} {read.ReferenceId} {read.Amount} {read.EventId}";
}

static string Env(string name) => Environment.GetEnvironmentVariable(name) ?? throw new ArgumentException(name);
