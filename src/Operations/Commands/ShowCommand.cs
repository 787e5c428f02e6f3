using System.CommandLine;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>Why a given reference was reversed, or was not.</summary>
static class ShowCommand
{
    internal static OperatorCommand Create(CommandContext context)
    {
        var reference = new Argument<string>("reference")
        {
            Description = "A reference_id, payment_ref or event_id; of any client",
        };
        Usage.AtMost(ReferenceSearch.Longest, reference);
        var command = new OperatorCommand(
            "show",
            "Tell all that is known of a reference as a timeline, with reasons: paid, received, decided, " +
            "committed, published, quarantined. Exit 1 when nothing is known of it",
            "reversal-worker show abcRef13456789")
        {
            reference,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var history = Redactor.For(options).Of(
                await new ReferenceSearch(database).FindAsync(parsed.GetValue(reference)!, stop));
            output.Write(history, text => Print(text, history));
            return history.Known ? ExitCode.Well : ExitCode.Problem;
        });
    }

    static void Print(CommandOutput output, ReferenceHistory history)
    {
        if (!history.Known)
        {
            output.Paragraph($"Nothing known of {history.Query}. Searched: {history.Searched}.");
            return;
        }

        output.Table(
            ["time (UTC)", "what", "client", "reason", "in words"],
            history.Timeline.Select(entry => (string?[])
                [Format.At(entry.At), entry.Stage, entry.ClientId, entry.Reason, entry.Text]));
        IReadOnlyCollection<object>[] lists =
            [history.Payments, history.Reversals, history.Events, history.Quarantined, history.Pending];
        if (lists.Any(list => list.Count == ReferenceSearch.Most))
        {
            output.Line($"There may be more: of each sort the first {ReferenceSearch.Most} are shown.");
        }
    }
}
