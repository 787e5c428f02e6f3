using System.Globalization;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>What operators did.</summary>
static class AuditCommand
{
    internal static OperatorCommand Create(CommandContext context)
    {
        var limit = SharedOptions.Limit(50, "Most actions to list");
        var command = new OperatorCommand(
            "audit", "List what operators did, newest first: who, when, what and why",
            "reversal-worker audit --limit 20")
        {
            limit,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var redactor = Redactor.For(options);
            var actions = (await new AuditQuery(database).ListAsync(parsed.GetValue(limit), stop))
                .ConvertAll(one => one with
                {
                    Target = redactor.Text(one.Target), Note = redactor.Text(one.Note),
                });
            output.Write(actions, text => text.Table(
                ["id", "time (UTC)", "who", "signed in as", "command", "target", "count", "note"],
                actions.Select(one => (string?[])
                [
                    one.Id.ToString(CultureInfo.InvariantCulture), Format.At(one.At), one.Operator,
                    one.SignedInAs, one.Command, one.Target, Format.Number(one.Count), one.Note,
                ])));
            return ExitCode.Well;
        });
    }
}
