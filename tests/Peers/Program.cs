using System.Text.Json.Serialization;
using Dapper;
using JasperFx.CodeGeneration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client;
using Reversals.Tests.Peers;
using Wolverine;
using Wolverine.Postgresql;
using Wolverine.RabbitMQ;
using Wolverine.RabbitMQ.Internal;

// What a team writes with WolverineFx as its documentation shows: durable inbox, durable outbox, one
// transaction a message. Configured by the same settings as the worker.
DefaultTypeMap.MatchNamesWithUnderscores = true;
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
var postgres = builder.Configuration["ConnectionStrings:Postgres"]!;
var nodes = Nodes.Of(builder.Configuration["ConnectionStrings:RabbitMq"]!);
await using var servers = new NpgsqlDataSourceBuilder(postgres).BuildMultiHost();
await using var database = servers.WithTargetSession(TargetSessionAttributes.Primary);
builder.Services.AddSingleton(database);
builder.UseWolverine(options =>
{
    options.PersistMessagesWithPostgresql(database, "wolverine");
    var rabbitMq = options.UseRabbitMq(factory => factory.Uri = nodes[0])
        .UseQuorumQueues().DisableSystemRequestReplyQueueDeclaration();
    foreach (var node in nodes)
    {
        rabbitMq.AddClusterNode(new AmqpTcpEndpoint(node));
    }

    options.ListenToRabbitQueue(Names.Requests).DefaultIncomingMessage<AskedReversal>().UseDurableInbox();
    options.PublishMessage<ReversedPayment>().ToRabbitExchange(Names.Reversed).UseDurableOutbox();
    options.UseSystemTextJsonForSerialization(
        json => json.NumberHandling = JsonNumberHandling.AllowReadingFromString);
});
await Names.DeclareAsync(nodes);
await builder.Build().RunAsync();
