using System.Globalization;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>What people do from the page. Each needs a reason, and each is written down.</summary>
sealed class Actions(OperatorServices desks)
{
    /// <summary>Most messages of one replay; the verb takes more.</summary>
    internal const int MostAtOnce = 1_000;

    internal const int LongestNote = 500;

    /// <summary>Messages that are named one by one in the report.</summary>
    const int MostNamed = 100;

    internal Task<PageModel> ReplayCauseAsync(IFormCollection form, string who, CancellationToken stop)
    {
        var cause = form["cause"].ToString();
        return cause.Length == 0 ? Refused("Choose a cause")
            : !int.TryParse(
                form["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                || limit is < 1 or > MostAtOnce
                ? Refused($"At most: expected 1 to {Format.Count(MostAtOnce)} messages")
            : ReplayAsync(new QuarantineFilter { Cause = cause }, limit, form, who, stop);
    }

    internal Task<PageModel> ReplayAsync(long id, IFormCollection form, string who, CancellationToken stop) =>
        ReplayAsync(new QuarantineFilter { Ids = [id] }, limit: 1, form, who, stop);

    internal async Task<PageModel> DiscardAsync(
        long id, IFormCollection form, string who, CancellationToken stop)
    {
        if (Note(form) is not { } note)
        {
            return await NoReason();
        }

        var count = await desks.QuarantineAdmin.DiscardAsync(
            new QuarantineFilter { Ids = [id] }, new Operator { Name = who, Note = note }, stop);
        return Done($"""
            <div class="notice {(count == 1 ? "good" : "warn")}" role="status"><p>Message {id} {(count == 1
                ? "is discarded; it stays stored" : "was dealt with before; nothing was changed")}.</p></div>
            """);
    }

    async Task<PageModel> ReplayAsync(
        QuarantineFilter filter, int limit, IFormCollection form, string who, CancellationToken stop)
    {
        if (Note(form) is not { } note)
        {
            return await NoReason();
        }

        var isCheck = form["check"].Count > 0;
        var messages = await desks.Replay.RunAsync(
            filter, limit, isCheck, new Operator { Name = who, Note = note }, progress: null, stop);
        return Done(Report(messages, isCheck));
    }

    static Html Report(IReadOnlyList<ReplayedMessage> messages, bool isCheck)
    {
        var fit = messages.Count(one => one.Outcome is ReplayOutcome.Sent or ReplayOutcome.WouldBeSent);
        var rest = messages.Where(
            one => one.Outcome is not (ReplayOutcome.Sent or ReplayOutcome.WouldBeSent));
        return $"""
            <div class="notice {(fit > 0 ? "good" : "warn")}" role="status"><p>{(messages.Count == 0
                ? "No open message fits; nothing was done"
                : isCheck
                    ? $"Only checked: {Format.Counted(fit, "message", "messages")} would be sent, "
                        + $"{Format.Count(messages.Count - fit)} would not"
                    : $"{Format.Counted(fit, "message was", "messages were")} sent to the worker again, "
                        + $"{Format.Count(messages.Count - fit)} left as they are")}.</p></div>
            {Left([.. rest.Take(MostNamed)])}
            """;
    }

    static Html Left(IReadOnlyList<ReplayedMessage> messages)
    {
        Html Row(ReplayedMessage one) => $"""
            <tr><td><a href="{QuarantineView.Path(one.Id)}">Message {one.Id}</a></td>
            <td>{Words(one.Outcome)}</td><td class="detail">{one.Detail}</td></tr>
            """;
        return messages.Count == 0 ? Html.None : $"""
            <section class="sheet"><h2>Not sent</h2><div class="scroll"><table>
            <thead><tr><th scope="col">message</th><th scope="col">because</th>
            <th scope="col">detail</th></tr></thead><tbody>{messages.Select(Row)}</tbody></table></div>
            </section>
            """;
    }

    static string Words(ReplayOutcome outcome) => outcome switch
    {
        ReplayOutcome.StillRefused => "it would be refused again",
        ReplayOutcome.AlreadyApplied => "the same request is applied already",
        ReplayOutcome.NotConfirmed => "RabbitMQ did not take it",
        _ => "",
    };

    /// <summary>Null: there is none, or it is too long.</summary>
    static string? Note(IFormCollection form) =>
        form["note"].ToString().Trim() is { Length: > 0 and <= LongestNote } note ? note : null;

    static Task<PageModel> NoReason() => Refused($"Say why, in 1 to {LongestNote} characters");

    static Task<PageModel> Refused(string why) => Task.FromResult(new PageModel
    {
        Status = StatusCodes.Status400BadRequest,
        Title = "Nothing was done",
        Section = "/quarantine",
        Content = $"""<div class="notice bad" role="alert"><p>{why}.</p></div>{Back}""",
    });

    static PageModel Done(Html report) => new()
    {
        Title = "Quarantine",
        Section = "/quarantine",
        Content = $"{report}{Back}",
    };

    static Html Back => $"""
        <p><a href="/quarantine">To the quarantine</a> · <a href="/audit">To the audit</a></p>
        """;
}
