using System.CommandLine;
using RabbitMQ.Client.Exceptions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>How everything is doing, once or again and again.</summary>
static class StatusCommand
{
    internal static OperatorCommand Create(CommandContext context)
    {
        var watch = new Option<bool>("--watch") { Description = "Show it every 2 seconds until Ctrl+C" };
        var command = new OperatorCommand(
            "status",
            "Show what is stalled and why, the queues, what waits in the outbox, what is quarantined, and " +
            "how fast things go. Exit 0 whether or not all is well; 3 when a server is down, after showing " +
            "what the other one knows",
            "reversal-worker status --watch")
        {
            watch,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var options = context.Options(
                IsSet(context.Configuration()) ? Needs.Servers : Needs.Database);
            var output = new CommandOutput(context, parsed.GetValue(OperatorCommand.Json));
            await using var database = CommandContext.Open(options);
            var query = new StatusQuery(database, context.Clock);
            if (!parsed.GetValue(watch))
            {
                return await ShowAsync(context, output, (database, query), options, stop);
            }

            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), context.Clock);
            var code = ExitCode.Well;
            try
            {
                do
                {
                    if (context.IsScreen)
                    {
                        await context.Out.WriteAsync("\u001b[H\u001b[2J");
                    }

                    code = await ErrorHandler.ToExitCodeAsync(
                        context, () => ShowAsync(context, output, (database, query), options, stop), stop);
                }
                while (await timer.WaitForNextTickAsync(stop));
            }
            catch (OperationCanceledException)
            {
                // Ctrl+C is how one ends it.
            }

            return code;
        });
    }

    /// <summary>Without an address of RabbitMQ only the database is asked.</summary>
    static bool IsSet(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration["ConnectionStrings:RabbitMq"]);

    static async Task<int> ShowAsync(
        CommandContext context, CommandOutput output, (PostgresServers Servers, StatusQuery Query) database,
        WorkerOptions options, CancellationToken stop)
    {
        var (queues, brokerProblem) = await QueuesAsync(options, stop);
        var (status, databaseProblem) = await StatusAsync(database.Query, stop);
        var servers = database.Servers.HasSeveral ? await database.Servers.LookAsync(stop) : [];
        queues = status is null ? queues :
        [
            .. queues.Select(queue =>
                queue with { Unacknowledged = Stalls.Unacknowledged(status, queue.Name) }),
        ];
        var members = brokerProblem is null && queues.Count > 0
            ? await QueueMembers.ReadAsync(options.Broker, stop)
            : new MembersReport();
        var stalls = status is null ? [] : Stalls.Of(status);
        var gone = status is null ? [] : Stalls.Gone(status);
        output.Write(
            new
            {
                status, queues, stalls, gone, servers, members, broker_problem = brokerProblem,
                database_problem = databaseProblem,
            },
            text =>
            {
                StatusTables.Print(text, status, queues, (stalls, gone));
                StatusTables.Servers(text, servers, members);
            });
        var since = status?.Outbox.Min(one => one.OldestAt);
        string?[] down =
        [
            databaseProblem is null ? null
                : $"PostgreSQL at {Database.Address(options.ConnectionStrings.Postgres)}: " +
                    $"{databaseProblem}. Not known without it: outbox, quarantine, pending requests, " +
                    "rates, what workers hold",
            brokerProblem is null ? null
                : $"RabbitMQ at {BrokerConnection.Address(options.Broker)}: {brokerProblem}" +
                    (since is null ? "" : $". Events wait since {Format.At(since)}"),
        ];
        foreach (var server in down.OfType<string>())
        {
            await context.WriteErrorAsync($"A server does not answer: {server}");
        }

        return down.All(server => server is null) ? ExitCode.Well : ExitCode.ServerDown;
    }

    /// <summary>When the database is away the broker still tells its part.</summary>
    static async Task<(Status? Status, string? Problem)> StatusAsync(
        StatusQuery query, CancellationToken stop)
    {
        try
        {
            return (await query.ReadAsync(stop), null);
        }
        catch (Exception error)
            when (!stop.IsCancellationRequested && Faults.Classify(error) is not Fault.Data)
        {
            return (null, Database.Explain(error));
        }
    }

    /// <summary>When the broker is away the database still tells its part.</summary>
    static async Task<(IReadOnlyList<QueueState> Queues, string? Problem)> QueuesAsync(
        WorkerOptions options, CancellationToken stop)
    {
        if (options.ConnectionStrings.RabbitMq.Length == 0)
        {
            return ([], null);
        }

        try
        {
            return (await BrokerQueues.ReadAsync(options, stop), null);
        }
        catch (Exception error) when (error is RabbitMQClientException or IOException)
        {
            return ([], BrokerConnection.Explain(error));
        }
    }
}
