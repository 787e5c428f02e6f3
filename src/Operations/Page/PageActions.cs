using System.Globalization;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Page;

/// <summary>What operators do from the page. Each needs a reason, and each is written down.</summary>
sealed class PageActions(OperatorServices services)
{
    /// <summary>Most messages of one replay; the command takes more.</summary>
    internal const int MostAtOnce = 1_000;

    internal const int LongestNote = 500;

    internal const int LongestClient = 100;

    /// <summary>How long the workers may take to decide a portion: somebody looks at an empty page.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

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
        if (!TryNote(form, out var note))
        {
            return await NoReason();
        }

        var count = await services.QuarantineAdmin.DiscardAsync(
            new QuarantineFilter { Ids = [id] }, new Operator { Name = who, Note = note }, stop);
        return new ActionModel
        {
            HasEffect = count == 1,
            Text = string.Create(CultureInfo.InvariantCulture, $"Message {id} ") + (count == 1
                ? "is discarded; it stays stored" : "was dealt with before; nothing was changed"),
        };
    }

    internal Task<PageModel> PauseAsync(IFormCollection form, string who, CancellationToken stop)
    {
        var client = form["client"].ToString().Trim();
        return client.Length > LongestClient
            ? Refused($"Client: expected at most {LongestClient} characters")
            : ChangeAsync(
                form, who, by => services.Pause.PauseAsync(client, by, stop),
                client is Pause.All
                    ? "Paused: no worker takes requests from now on"
                    : $"Paused: what {client} sends is kept",
                "It was paused before; nothing was changed");
    }

    internal Task<PageModel> ResumeAsync(IFormCollection form, string who, CancellationToken stop) =>
        form["client"].ToString() is { Length: > 0 } client
            ? ResumeAsync(client, form, who, stop)
            : ChangeAsync(
                form, who, by => services.Pause.ResumeAsync(Pause.All, by, stop),
                "Resumed: the workers take requests within two seconds",
                "They were not paused; nothing was changed");

    /// <summary>What was kept is sent as far as somebody may wait for a page.</summary>
    async Task<PageModel> ResumeAsync(
        string client, IFormCollection form, string who, CancellationToken stop)
    {
        if (!TryNote(form, out var note))
        {
            return await NoReason();
        }

        var by = new Operator { Name = who, Note = note };
        await services.Pause.ResumeAsync(client, by, stop);
        await services.Pause.AwaitWorkersAsync(client, isPaused: false, stop);
        var report = await services.Replay.RunAsync(
            new ReplayTerms
            {
                Filter = PausedReplay.Of(client), By = by, Limit = MostAtOnce, Timeout = LongestWait,
            },
            progress: null, stop);
        var left = (await services.Replay.BoundAsync(PausedReplay.Of(client), stop)).Count;
        return Report(report, isCheck: false) with
        {
            HasEffect = true, Of = "Pause",
            Text = $"Resumed: of what {client} sent " +
                $"{Format.Count(report.Messages.Count(one => one.IsSent))} were sent to the workers, " +
                $"{Format.Count(left)} are left",
        };
    }

    static async Task<PageModel> ChangeAsync(
        IFormCollection form, string who, Func<Operator, Task<bool>> change, string done, string nothing)
    {
        if (!TryNote(form, out var note))
        {
            return await NoReason();
        }

        var isChanged = await change(new Operator { Name = who, Note = note });
        return new ActionModel { HasEffect = isChanged, Of = "Pause", Text = isChanged ? done : nothing };
    }

    async Task<PageModel> ReplayAsync(
        QuarantineFilter filter, int limit, IFormCollection form, string who, CancellationToken stop)
    {
        if (!TryNote(form, out var note))
        {
            return await NoReason();
        }

        var terms = new ReplayTerms
        {
            Filter = filter,
            By = new Operator { Name = who, Note = note },
            Limit = limit,
            IsDry = form["check"].Count > 0,
            Timeout = LongestWait,
        };
        return Report(await services.Replay.RunAsync(terms, progress: null, stop), terms.IsDry);
    }

    static ActionModel Report(ReplayReport report, bool isCheck)
    {
        var messages = report.Messages;
        var sent = messages.Count(one => one.IsSent || one.Outcome == ReplayOutcome.WouldBeSent);
        return new ActionModel
        {
            HasEffect = sent > 0 && report.IsWhole,
            NotSent = [.. messages.Where(one => one.Outcome != ReplayOutcome.Sent)],
            Why = report.Why,
            Text = messages.Count == 0 ? "No open message fits; nothing was done"
                : isCheck ? $"Only checked: {Format.Counted(sent, "message", "messages")} would be sent, "
                    + $"{Format.Count(messages.Count - sent)} would not"
                : $"{Format.Counted(sent, "message was", "messages were")} sent to the worker again, "
                    + $"{Format.Count(messages.Count - sent)} left as they are",
        };
    }

    /// <summary>False: there is none, or it is too long.</summary>
    static bool TryNote(IFormCollection form, out string note)
    {
        note = form["note"].ToString().Trim();
        return note.Length is > 0 and <= LongestNote;
    }

    static Task<PageModel> NoReason() => Refused($"Say why, in 1 to {LongestNote} characters");

    static Task<PageModel> Refused(string why) =>
        Task.FromResult<PageModel>(new ActionModel { IsRefused = true, Text = why });
}
