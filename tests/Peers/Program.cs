using System.Text.Json.Serialization;
using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Tests.Peers;
using Wolverine;
using Wolverine.ErrorHandling;
using Wolverine.Postgresql;
using Wolverine.RabbitMQ;
using Wolverine.RabbitMQ.Internal;
using Wolverine.Transports;

// What a team writes with WolverineFx: durable inbox, durable outbox, one transaction a message, and the settings
// that its documentation names for speed. Configured like the worker.
const int AtOnce = 32;
DefaultTypeMap.MatchNamesWithUnderscores = true;
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
var settings = builder.Configuration;
var nodes = Nodes.Of(settings["ConnectionStrings:RabbitMq"]!);
await using var servers = new NpgsqlDataSourceBuilder(
    new NpgsqlConnectionStringBuilder(settings["ConnectionStrings:Postgres"]!)
    {
        MaxAutoPrepare = 50,
        NoResetOnClose = true,
    }.ConnectionString).BuildMultiHost();
await using var database = servers.WithTargetSession(TargetSessionAttributes.Primary);
builder.Services.AddSingleton(database);
builder.Services.AddSingleton(new ApiKeys(client => settings[$"Clients:{client}:ApiKeys:0"]));
builder.UseWolverine(options =>
{
    // A worker that is alone need not look for the others.
    options.Durability.Mode = settings.GetValue("Wolverine:Mode", DurabilityMode.Balanced);
    options.PersistMessagesWithPostgresql(database, "wolverine");

    // Messages that a node took and did not finish are taken up again.
    options.Durability.InboxStaleTime = TimeSpan.FromMinutes(1);
    options.Durability.OutboxStaleTime = TimeSpan.FromMinutes(1);

    // Until PostgreSQL is back, however long that takes.
    options.OnException<NpgsqlException>().Or<TimeoutException>()
        .RetryWithCooldown(
            TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250))
        .Then.ScheduleRetryIndefinitely(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    var rabbitMq = options.UseRabbitMq(factory => factory.Uri = nodes[0])
        .UseQuorumQueues().DisableSystemRequestReplyQueueDeclaration()
        // What cannot be done is kept in the database.
        .DisableDeadLetterQueueing()
        // Off by default: an event leaves the outbox as soon as it is in the socket.
        .ConfigureChannelCreation(channel =>
        {
            channel.PublisherConfirmationsEnabled = true;
            channel.PublisherConfirmationTrackingEnabled = true;
        });
    foreach (var node in nodes)
    {
        rabbitMq.AddClusterNode(new AmqpTcpEndpoint(node));
    }

    options.ListenToRabbitQueue(Wire.RequestQueue).DefaultIncomingMessage<ReversalAsked>()
        // Above its limit it closes the channel, and what is unacknowledged comes again.
        .UseDurableInbox(new BufferingLimits(10_000, 5_000))
        .MaximumParallelMessages(AtOnce).PreFetchCount(10 * AtOnce);
    options.PublishMessage<PaymentReversed>()
        .ToRabbitExchange(Wire.PaymentReversedExchange).UseDurableOutbox();
    options.PublishMessage<ReversalRejected>()
        .ToRabbitExchange(Wire.ReversalRejectedExchange).UseDurableOutbox();
    options.UseSystemTextJsonForSerialization(
        json => json.NumberHandling = JsonNumberHandling.AllowReadingFromString);
});
await Nodes.DeclareAsync(nodes);
using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("READY");
await host.WaitForShutdownAsync();
