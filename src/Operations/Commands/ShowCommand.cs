using System.CommandLine;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>Why a given reference was reversed, or was not.</summary>
static class ShowCommand
{
    internal static OperatorCommand Create(CommandContext shell)
    {
        var sought = new Argument<string>("reference")
        {
            Description = "A reference_id, payment_ref or event_id; of any client",
        };
        Usage.AtMost(ReferenceSearch.Longest, sought);
        var verb = new OperatorCommand(
            "show",
            "Tell all that is known of a reference as a timeline, with reasons: paid, received, decided, " +
            "committed, published, quarantined. Exit 1 when nothing is known of it",
            "reversal-worker show abcRef13456789")
        {
            sought,
        };
        return verb.Does(shell, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var known = Redactor.For(options).Of(
                await new ReferenceSearch(database).FindAsync(parsed.GetValue(sought)!, stop));
            if (!known.IsEmpty)
            {
                output.Write(known, text => Print(text, known));
                return ExitCode.Well;
            }

            output.Write(
                new { known.Sought, known = false, ReferenceSearch.Searched },
                text => text.Line($"Nothing known of {known.Sought}. Searched: {ReferenceSearch.Searched}."));
            return ExitCode.Problem;
        });
    }

    static void Print(CommandOutput output, ReferenceHistory known)
    {
        output.Table(
            ["time (UTC)", "what", "client", "reason", "in words"],
            known.Timeline.Select(step => (string?[])
                [SharedOptions.At(step.At), step.Stage, step.ClientId, step.Reason, step.Text]));
        IReadOnlyCollection<object>[] lists =
            [known.Payments, known.Reversals, known.Answers, known.Quarantined, known.Pending];
        if (lists.Any(list => list.Count == ReferenceSearch.Most))
        {
            output.Line($"There may be more: of each sort the first {ReferenceSearch.Most} are shown.");
        }
    }
}
