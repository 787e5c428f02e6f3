using System.Globalization;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>The quarantine as people read it.</summary>
static class QuarantineTables
{
    internal static void List(CommandOutput output, List<QuarantineCause> causes, QuarantinePage page)
    {
        output.Table(
            ["cause", "open", "oldest (UTC)", "newest (UTC)"],
            causes.Select(one => (string?[])
                [one.Cause, Format.Number(one.Count), Format.At(one.OldestAt), Format.At(one.NewestAt)]));
        output.Line();
        output.Table(
            ["id", "received (UTC)", "cause", "client", "reference_id", "payment_ref", "became"],
            page.Entries.Select(one => (string?[])
            [
                one.Id.ToString(CultureInfo.InvariantCulture), Format.At(one.ReceivedAt), one.Cause,
                one.ClientId, one.ReferenceId, one.PaymentRef, one.Resolution ?? "open",
            ]));
        var total = Format.Counted(page.Total, StatusQuery.MostCounted);
        output.Line($"{Format.Number(page.Entries.Count)} of {total}");
    }

    internal static void One(CommandOutput output, QuarantineDetail found, string headers, string body)
    {
        output.Table(
            ["field", "value"],
            [
                ["id", found.Id.ToString(CultureInfo.InvariantCulture)],
                ["cause", $"{found.Cause}: {found.Detail}"],
                ["meaning", ReasonDescriptions.Of(found.Cause)],
                ["client", found.ClientId],
                ["sent (UTC)", Format.At(found.SentAt)],
                ["received (UTC)", Format.At(found.ReceivedAt) + (found.Times == 1 ? ""
                    : $", {Format.Number(found.Times)} times until {Format.At(found.LastReceivedAt)}")],
                ["became", found.Resolution is null
                    ? "open"
                    : $"{found.Resolution} by {found.ResolvedBy} at {Format.At(found.ResolvedAt)}: " +
                        (found.ResolutionNote ?? "no note")],
                ["headers", headers],
                .. found.AnonymisedAt is { } anonymised
                    ? (string?[][])[["anonymised", $"{Format.At(anonymised)}: only its references are left"]]
                    : [],
                ["body", found.BodySha256 is { } hash
                    ? $"{body} (the first {found.Body.Length} of {found.Size} bytes are kept; SHA-256 " +
                        $"{Convert.ToHexStringLower(hash)})"
                    : $"{body} ({found.Size} bytes)"],
            ]);
    }

    internal static void Replay(CommandOutput output, ReplayReport report, QuarantineFilter wanted)
    {
        if (report.Messages.Count == 0 && report.End == ReplayEnd.Complete)
        {
            output.Line($"Nothing is open of: {wanted}. Nothing was changed.");
            return;
        }

        output.Table(
            ["messages", "outcome", "first ids", "why"],
            report.Messages.GroupBy(one => (one.Outcome, one.Decision)).Select(group => (string?[])
            [
                Format.Number(group.Count()), InWords(group.Key.Outcome),
                string.Join(", ", group.Take(5).Select(one => one.Id)),
                string.Join("; ", group.Select(one => one.Detail)
                    .Append(group.Key.Decision is { } decision ? Decided(decision) : null)
                    .OfType<string>().Distinct(StringComparer.Ordinal).Take(3)),
            ]));
        if (report.Why.Length > 0)
        {
            output.Paragraph($"{report.Why}. Looked at {Format.Number(report.Messages.Count)} of " +
                $"{Format.Number(report.Meant)}");
        }
    }

    static string Decided(string decision) => $"the worker would decide {decision}";

    static string InWords(ReplayOutcome outcome) => outcome switch
    {
        ReplayOutcome.Sent => "sent again",
        ReplayOutcome.CameBack => "sent again, and came back",
        ReplayOutcome.WouldBeSent => "would be sent again",
        ReplayOutcome.StillRefused => "would be refused again; left",
        ReplayOutcome.AlreadyApplied => "applied before; nothing changed",
        _ => "not taken by RabbitMQ; left",
    };
}
