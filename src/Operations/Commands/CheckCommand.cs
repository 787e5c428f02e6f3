using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

/// <summary>Whether everything is in place for a worker.</summary>
static class CheckCommand
{
    internal static OperatorCommand Create(CommandContext context) => new OperatorCommand(
        "check",
        "Check settings, PostgreSQL, its schema, RabbitMQ and its exchanges and queues. Changes nothing. " +
        "Exit 1 when something is wrong, 2 when it is the settings, 3 when a server does not answer",
        "reversal-worker check")
        .WithAction(context, async (_, output, options, stop) =>
        {
            Checked[] all =
            [
                new("settings", ExitCode.Well, $"read; clients {string.Join(", ", options.Clients.Keys)}"),
                .. await DatabaseAsync(options, stop),
                .. await BrokerAsync(options, stop),
            ];
            output.Write(
                all.Select(one => new { one.What, well = one.Code == ExitCode.Well, one.Detail }),
                text => text.Table(
                    ["checked", "result", "detail"],
                    all.Select(one => (string?[])
                        [one.What, one.Code == ExitCode.Well ? "well" : "PROBLEM", one.Detail])));
            return all.Max(one => one.Code);
        });

    static async Task<Checked[]> DatabaseAsync(WorkerOptions options, CancellationToken stop)
    {
        var address = Database.Address(options.ConnectionStrings.Postgres);
        try
        {
            // As the worker does: its sessions ask for more than those of people.
            await using var database = Database.Open(
                options.ConnectionStrings.Postgres, NullLoggerFactory.Instance);
            var missing = await Migrator.MissingAsync(database, stop);
            await using var connection = await database.OpenConnectionAsync(stop);
            return
            [
                new("postgresql", ExitCode.Well,
                    $"{address} answers, version {connection.PostgreSqlVersion}, as {connection.UserName}"),
                missing.Count == 0
                    ? new("schema", ExitCode.Well, $"up to date: {Migrator.Names[^1]}")
                    : new("schema", ExitCode.Problem,
                        $"lacks {string.Join(", ", missing)}. Run: reversal-worker migrate"),
                .. await database.ShareSessionsAsync(stop)
                    ? (Checked[])[new("sessions", ExitCode.Problem, DatabaseReadinessCheck.SharedSessions)]
                    : [],
                .. missing.Count == 0 ? [await CommitAsync(connection, stop)] : (Checked[])[],
                .. await ServersAsync(database, stop),
            ];
        }
        catch (UnusableDatabaseException error)
        {
            return [new("postgresql", ExitCode.Problem, error.Message)];
        }
        catch (Exception error) when (Faults.Classify(error) is not Fault.Data)
        {
            return [new("postgresql", ExitCode.ServerDown, $"{address}: {Database.Explain(error)}")];
        }
    }

    /// <summary>A view of the biller's may show bills and take no change to them.</summary>
    static async Task<Checked> CommitAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        if (!(await Query.ReadAsync<bool>(connection, "can_commit", stop))[0])
        {
            return new(
                "commit", ExitCode.Well,
                $"not tried: {connection.UserName} commits no reversals. Run check as the worker's user");
        }

        // Rolled back, for a commit would wait for a standby that may be away.
        await using var transaction = await connection.BeginTransactionAsync(stop);
        var problem = (await Query.ReadAsync<Attempt>(connection, "try_commit", stop))[0].Problem;
        await transaction.RollbackAsync(stop);
        return problem.Length == 0
            ? new("commit", ExitCode.Well, "a bill and a payment were changed, and it was taken back")
            : new("commit", ExitCode.Problem, $"the worker could not commit to {problem}");
    }

    /// <summary>Of a single server that waits for no standby there is nothing to say.</summary>
    static async Task<IEnumerable<Checked>> ServersAsync(PostgresServers database, CancellationToken stop)
    {
        var replication = await ReplicationState.ReadAsync(database, stop);
        if (!database.HasSeveral && replication.Names.Length == 0)
        {
            return [];
        }

        var seen = await database.LookAsync(stop);
        var problem = replication.Problem(database.HasSeveral);
        return
        [
            .. seen.Where(_ => database.HasSeveral).Select(one => Server(one, seen)),
            new(
                "replication", problem is null ? ExitCode.Well : ExitCode.Problem,
                problem ?? replication.Text),
        ];
    }

    static Checked Server(SeenServer one, IReadOnlyList<SeenServer> all) =>
        one.ProblemAmong(all) is { } problem
            ? new("server", ExitCode.Problem, problem)
            : new("server", ExitCode.Well, one.Text);

    static async Task<Checked[]> BrokerAsync(WorkerOptions options, CancellationToken stop)
    {
        var address = BrokerConnection.Address(options.Broker);
        try
        {
            var items = await Topology.DiffAsync(options.Broker, stop);
            var queues = await BrokerQueues.ReadAsync(options, stop);
            var nodes = await SeenNode.LookAsync(options.Broker, stop);
            return
            [
                new("rabbitmq", ExitCode.Well, $"{address} answers"),
                .. nodes.Select(one => new Checked(
                    "node", one.Problem is null ? ExitCode.Well : ExitCode.Problem,
                    one.Problem ?? $"{one.Name} answers")),
                .. items.Where(one => one.Problem is not null).Select(one => new Checked(
                    $"{one.Sort} {one.Name}", ExitCode.Problem,
                    $"{one.Problem}. Expected: {one.Expected}. Start a worker, or: " +
                    "reversal-worker topology deploy")),
                .. Members(await QueueMembers.ReadAsync(options.Broker, stop)),
                new("workers", ExitCode.Well, $"{queues[0].Consumers ?? 0} read {queues[0].Name}"),
            ];
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            return [new("rabbitmq", ExitCode.ServerDown, $"{address}: {BrokerConnection.Explain(error)}")];
        }
    }

    static IEnumerable<Checked> Members(MembersReport report) =>
    [
        .. report.Queues.Select(one => new Checked(
            $"members of {one.Name}", one.Problem is null ? ExitCode.Well : ExitCode.Problem,
            one.Problem ?? one.Text)),
        .. report.Problem is { } problem ? (Checked[])[new("members", ExitCode.Well, problem)] : [],
    ];

    /// <summary>Empty: it went well.</summary>
    sealed record Attempt
    {
        public required string Problem { get; init; }
    }

    sealed record Checked(string What, int Code, string Detail);
}
