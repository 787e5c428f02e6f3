// Asks for a reversal and listens for its event. dotnet add package Reversals.Contracts.MassTransit
using MassTransit;
using Reversals.Contracts;
using Reversals.Contracts.MassTransit;

HashSet<Guid> seen = [];    // in a service: tables, changed in one transaction with what the event changes
Dictionary<string, long> newest = [];
var mine = Guid.NewGuid().ToString();
var answered = new TaskCompletionSource();

var down = Bus.Factory.CreateUsingRabbitMq(bus =>
{
    bus.Host(new Uri(Env("SUBSCRIBER_URL")));
    // definitions.sh makes the queue. What has a wrong signature goes to its _error queue.
    bus.ReceiveReversalEvents(Env("QUEUE"), endpoint =>
    {
        endpoint.ConcurrentMessageLimit = 1;    // in the order of the queue
        endpoint.Handler<ReversalEvent>(Consume);
    }, Env("EVENTS_KEY"));
});
var up = Bus.Factory.CreateUsingRabbitMq(bus => bus.Host(new Uri(Env("UPSTREAM_URL"))));
await Task.WhenAll(down.StartAsync(), up.StartAsync());

var request = new ReversalRequestBody { PaymentRef = Env("PAYMENT_REF"), ReferenceId = Env("REFERENCE_ID") }
    .Sign(Env("CLIENT_ID"), Env("API_KEY"));
await up.SendReversalAsync(Env("EXCHANGE"), request, mine);     // throws when no queue gets it
await answered.Task;
await Task.WhenAll(down.StopAsync(), up.StopAsync());

Task Consume(ConsumeContext<ReversalEvent> context)
{
    Console.WriteLine(Read(context.Message));
    if (context.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery)
        && delivery.Properties.CorrelationId == mine) answered.TrySetResult();
    return Task.CompletedTask;
}

string Read(ReversalEvent read)
{
    if (!seen.Add(read.EventId)) return $"duplicate {read.EventId}";
    if (read is { Data.Hash: var bill, BillVersion: { } version } && version < newest.GetValueOrDefault(bill))
        return $"stale {read.EventId}";     // the event counts, its snapshot of the bill is old
    if (read.Data is not null) newest[read.Data.Hash] = read.BillVersion ?? 0;
    return $"{read.Reason} {read.ReferenceId} {read.Amount} {read.EventId}";
}

static string Env(string name) => Environment.GetEnvironmentVariable(name) ?? throw new ArgumentException(name);
