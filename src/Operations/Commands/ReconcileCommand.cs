using System.CommandLine;
using System.Globalization;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>Proves that the books agree, or names where they do not.</summary>
static class ReconcileCommand
{
    internal static OperatorCommand Create(CommandContext context)
    {
        var limit = SharedOptions.Limit(20, "Most findings to list for each invariant; all are counted");
        var events = new Option<string?>("--events")
        {
            Description = "Compare with what subscribers heard as well: a file of events as they were " +
                "published, one a line. Names what is lost, phantom or differs",
        };
        var command = new OperatorCommand(
            "reconcile",
            "Check every invariant of the money over all bills, payments, reversals and events, as they " +
            "are at one moment; the workers may go on. Changes nothing. Exit 1 when something is found",
            "reversal-worker reconcile --json")
        {
            limit, events,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var count = 0;
            var progress = new SynchronousProgress<Invariant>(one => output.Progress(
                $"{++count} of {Reconciliation.All.Count}: {one.Meaning} …"));
            var redactor = Redactor.For(options);
            var found = await new Reconciliation(database).CheckAsync(parsed.GetValue(limit), progress, stop);
            var heard = parsed.GetValue(events) is { } path
                ? await new EventComparison(database, parsed.GetValue(limit)).CheckAsync(path, stop)
                : [];
            IReadOnlyList<Invariant> results =
            [
                .. found.Concat(heard)
                    .Select(one => one with { Findings = [.. one.Findings.Select(redactor.Of)] }),
            ];
            output.Write(results, text => Print(text, results));
            return results.Any(one => one.Total > 0) ? ExitCode.Problem : ExitCode.Well;
        });
    }

    static void Print(CommandOutput output, IReadOnlyList<Invariant> results)
    {
        output.Table(
            ["invariant", "findings", "in words"],
            results.Select(one => (string?[])
                [one.Name, one.Total == 0 ? "none" : Format.Number(one.Total), one.Meaning]));
        foreach (var broken in results.Where(one => one.Total > 0))
        {
            output.Line();
            output.Line(
                $"{broken.Name}: {Format.Number(broken.Findings.Count)} of " +
                $"{Format.Number(broken.Total)} findings");
            output.Table(
                ["client", "bill", "payment", "reference", "event_id", "expected", "found"],
                broken.Findings.Select(one => (string?[])
                [
                    one.ClientId, one.BillId?.ToString(CultureInfo.InvariantCulture),
                    one.PaymentId?.ToString(CultureInfo.InvariantCulture), one.ReferenceId,
                    one.EventId?.ToString(), one.Expected, one.Found,
                ]));
        }

        var total = results.Sum(one => one.Total);
        output.Line();
        output.Line(total == 0
            ? "The books agree."
            : $"The books do not agree: {Format.Number(total)} findings.");
    }
}
