using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>Brings the schema up to date, or tells how it stands.</summary>
static class MigrateCommand
{
    internal static OperatorCommand Create(CommandContext context)
    {
        var list = new Option<bool>("--list")
        {
            Description = "List every migration and whether it was applied",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only tell which would be applied" };
        var command = new OperatorCommand(
            "migrate",
            "Bring the database schema up to date; safe at any number of replicas at once. Needs " +
            "ConnectionStrings:Postgres only, with the rights of reversal_owner",
            "reversal-worker migrate --dry-run")
        {
            list, dryRun,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var postgres = WorkerConfiguration.Postgres(context.Configuration());
            var output = new CommandOutput(context, parsed.GetValue(OperatorCommand.Json));
            if (!parsed.GetValue(list) && !parsed.GetValue(dryRun))
            {
                var applied = await Migrator.MigrateAsync(postgres, context.Clock, stop);
                output.Write(new { applied }, text => text.Line(
                    applied.Count == 0 ? "The schema is up to date." : string.Join(", ", applied)));
                return ExitCode.Well;
            }

            await using var database = Database.OpenForPeople(postgres, NullLoggerFactory.Instance);
            var missing = await Migrator.MissingAsync(database, stop);
            bool IsApplied(string name) => !missing.Contains(name, StringComparer.Ordinal);
            if (parsed.GetValue(list))
            {
                output.Write(
                    Migrator.Names.Select(name => new { name, applied = IsApplied(name) }),
                    text => text.Table(["migration", "state"], Migrator.Names.Select(name => (string?[])
                        [name, IsApplied(name) ? "applied" : "missing"])));
            }
            else
            {
                output.Write(new { would_apply = missing }, text => text.Line(missing.Count == 0
                    ? "The schema is up to date."
                    : "Would apply: " + string.Join(", ", missing)));
            }

            return ExitCode.Well;
        });
    }
}
