using System.CommandLine;
using System.Globalization;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>What is kept of customers, and for how long.</summary>
static class RetentionCommands
{
    /// <summary>Younger events are still asked for, and requests may be pending for so long.</summary>
    const int LeastDays = 30;

    const int MostYears = 100;

    internal static Command Create(CommandContext context) =>
        new("retention", "What is kept of customers, and for how long") { Run(context) };

    static OperatorCommand Run(CommandContext context)
    {
        var age = OlderThan();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count what would be changed" };
        var note = SharedOptions.Note();
        var command = new OperatorCommand(
            "run",
            "Take what is about a customer out of old events and of messages of the quarantine that were " +
            "replayed or discarded. Ids, amounts, times and reasons stay, and nothing is deleted: " +
            "reconcile still agrees, and a duplicate still gets its answer. In portions beside the running " +
            "workers; Ctrl+C ends it after the portion that is under way, and running it again goes on. It " +
            "cannot be taken back. Needs the rights of reversal_retention. Exit 1 when an event could not " +
            "be read",
            "reversal-worker retention run --older-than 5y --dry-run")
        {
            age, dryRun, note, OperatorCommand.As, OperatorCommand.Yes,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            var (years, days) = parsed.GetValue(age);
            var before = context.Clock.GetUtcNow().AddYears(-years).AddDays(-days);
            await using var database = CommandContext.Open(options);
            var counts = await new RetentionQuery(database).CountAsync(before, stop);
            if (parsed.GetValue(dryRun))
            {
                output.Write(new { before, would_be_anonymised = counts }, text => Print(text, counts));
                return ExitCode.Well;
            }

            var question = $"Takes the customers out of {Format.Number(counts[0].Count)} events and " +
                $"{Format.Number(counts[1].Count)} quarantined messages before " +
                $"{Format.At(before.UtcDateTime)} UTC, for good.";
            if (!await context.ConfirmAsync(parsed.GetValue(OperatorCommand.Yes), question))
            {
                return ExitCode.Usage;
            }

            var progress = new SynchronousProgress<Anonymised>(done => output.Progress($"{done} …"));
            var done = await new Retention(database, context.Clock).RunAsync(
                before, OperatorCommand.OperatorOf(parsed, parsed.GetValue(note)), progress, stop);
            output.Write(new { before, anonymised = done }, text => text.Line(
                $"Anonymised {Format.Number(done.Events)} events and {Format.Number(done.Messages)} " +
                "quarantined messages." + (done.Unreadable == 0 ? ""
                    : $" {Format.Number(done.Unreadable)} events could not be read and stay as they are.")));
            return done.Unreadable == 0 ? ExitCode.Well : ExitCode.Problem;
        });
    }

    static void Print(CommandOutput text, IReadOnlyList<AgedCount> counts) => text.Table(
        ["what", "rows", "first (UTC)", "last (UTC)"],
        counts.Select(one => (string?[])
            [one.What, Format.Number(one.Count), Format.At(one.First), Format.At(one.Last)]));

    static Option<(int Years, int Days)> OlderThan() => new("--older-than")
    {
        Description = $"How old: 5y or 1825d; at least {LeastDays}d",
        Required = true,
        CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : "";
            var isNumber = int.TryParse(
                text.AsSpan(0, Math.Max(text.Length - 1, 0)), NumberStyles.None, CultureInfo.InvariantCulture,
                out var number);
            (int Years, int Days)? age = (isNumber, text.LastOrDefault()) switch
            {
                (true, 'y') when number is >= 1 and <= MostYears => (number, 0),
                (true, 'd') when number is >= LeastDays and <= MostYears * 365 => (0, number),
                _ => null,
            };
            if (age is null)
            {
                result.AddError(
                    $"--older-than: expected years or days such as 5y or 90d, at least {LeastDays}d, " +
                    $"found '{text}'");
            }

            return age ?? default;
        },
    };
}
