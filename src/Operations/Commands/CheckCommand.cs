using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Watching;
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
            var mark = SettingSnapshot.Take<WorkerOptions>(context.Configuration)
                .MarkOf(WorkerConfiguration.Live);
            Checked[] all =
            [
                new("settings", ExitCode.Well, $"read; clients {string.Join(", ", options.Clients.Keys)}"),
                .. await DatabaseAsync(options, mark, context.Clock.GetUtcNow().UtcDateTime, stop),
                .. await BrokerCheck.RunAsync(options, stop),
            ];
            output.Write(
                all.Select(one => new { one.What, well = one.Code == ExitCode.Well, one.Detail }),
                text => text.Table(
                    ["checked", "result", "detail"],
                    all.Select(one => (string?[])
                        [one.What, one.Code == ExitCode.Well ? "well" : "PROBLEM", one.Detail])));
            return all.Max(one => one.Code);
        });

    static async Task<Checked[]> DatabaseAsync(
        WorkerOptions options, string mark, DateTime now, CancellationToken stop)
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
                await SchemaAsync(database, missing, stop),
                .. await database.ShareSessionsAsync(stop)
                    ? (Checked[])[new("sessions", ExitCode.Problem, DatabaseReadinessCheck.SharedSessions)]
                    : [],
                .. missing.Count == 0 ? [await CommitAsync(connection, stop)] : (Checked[])[],
                .. await ServersAsync(database, stop),
                .. missing.Count == 0 ? await WorkersAsync(database, mark, now, stop) : [],
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

    /// <summary>A worker goes on with a schema that is newer; but a newer release was here.</summary>
    static async Task<Checked> SchemaAsync(
        PostgresServers database, IReadOnlyList<string> missing, CancellationToken stop)
    {
        var newer = missing.Count == 0 ? await Migrator.NewerAsync(database, stop) : [];
        return Checked.Of(
            "schema",
            missing.Count > 0 ? $"lacks {string.Join(", ", missing)}. Run: reversal-worker migrate"
            : newer.Count > 0
                ? $"{string.Join(", ", newer)}: newer than this worker. Start the release that made it; " +
                    "after a rollback this is expected (deploy/README.md, Rolling back)"
            : null,
            $"up to date: {Migrator.Names[^1]}");
    }

    /// <summary>Whether each worker has in force what its files say, and what these settings say.</summary>
    static async Task<IEnumerable<Checked>> WorkersAsync(
        PostgresServers database, string mark, DateTime now, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return (await Query.ReadAsync<ReportedWorker>(connection, "workers", stop))
            .Where(one => one.SettingsMark is not null)
            .SelectMany(one => (Checked[])
            [
                Checked.Of($"worker {one.Worker}", Stalls.Of(one, now), "reads, commits and publishes"),
                Checked.Of(
                    $"settings of {one.Worker}",
                    one.SettingsTrouble,
                    (string.Equals(one.SettingsMark, mark, StringComparison.Ordinal)
                        ? "the clients and keys of these settings"
                        : "other clients or keys than these settings")
                    + $", since {Format.At(one.SettingsSince)}"),
            ]);
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

    /// <summary>Empty: it went well.</summary>
    sealed record Attempt
    {
        public required string Problem { get; init; }
    }
}

/// <summary>One thing that was looked at.</summary>
/// <param name="What">Its name.</param>
/// <param name="Code">What the command ends with because of it.</param>
/// <param name="Detail">What was found, and the remedy.</param>
sealed record Checked(string What, int Code, string Detail)
{
    /// <param name="what">Its name.</param>
    /// <param name="problem">What is wrong, with the remedy; null: nothing.</param>
    /// <param name="well">What is said when nothing is.</param>
    internal static Checked Of(string what, string? problem, string well) =>
        new(what, problem is null ? ExitCode.Well : ExitCode.Problem, problem ?? well);
}
