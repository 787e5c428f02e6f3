using System.Globalization;
using Reversals.Contracts;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Queries;

/// <summary>What a status says of requests that are taken and not done, and of who is in the way.</summary>
static class Stalls
{
    /// <summary>A commit that takes longer is worth a word.</summary>
    static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(3);

    /// <summary>A worker that was not heard of for longer does not hold what it said it held.</summary>
    static readonly TimeSpan Silent = TimeSpan.FromSeconds(15);

    /// <summary>A sentence for each thing that is wrong; of a worker only while it is heard of.</summary>
    internal static IReadOnlyList<string> Of(Status status) =>
    [
        .. Living(status).Select(one => Of(one, status.At)).OfType<string>(),
        .. Living(status).Select(one => one.SettingsTrouble).OfType<string>(),
        .. status.Blockers.Where(one => status.At - one.Since > Noticeable)
            .Select(one => $"In the way: {one.Explain(status.At)}"),
        .. status.OldestTransaction is { } old && status.At - old.Since > OldTransaction.Noticeable
            ? [$"No dead row can be removed until {old.Holder} ends, which is open for " +
                $"{Seconds(status.At - old.Since)} s"]
            : (string[])[],
        .. status.Locked.Select(name => $"Not known, as somebody has locked its table: {name}"),
    ];

    /// <summary>A sentence for each worker that is not heard of any more, and what to do about it.</summary>
    internal static IReadOnlyList<string> Gone(Status status) =>
        [.. status.Workers.Where(one => !IsHeardOf(one, status.At)).Select(one => Gone(one, status.At))];

    /// <summary>Messages of a queue that workers have taken and not done; null: no such queue.</summary>
    internal static long? Unacknowledged(Status status, string queue) => queue switch
    {
        Wire.RequestQueue => Living(status).Sum(one => (long)one.Unacknowledged),
        Wire.DeadLetterQueue => Living(status).Sum(one => (long)one.UnacknowledgedDead),
        _ => null,
    };

    static IEnumerable<ReportedWorker> Living(Status status) =>
        status.Workers.Where(one => IsHeardOf(one, status.At));

    internal static bool IsHeardOf(ReportedWorker one, DateTime now) => now - one.At <= Silent;

    /// <summary>What is wrong with a worker; null: nothing.</summary>
    internal static string? Of(ReportedWorker one, DateTime now) =>
        !IsHeardOf(one, now) ? Gone(one, now)
        : one.StalledSince is { } since && now - since > Noticeable
            ? $"Worker {one.Worker}: messages wait and none was committed for {Seconds(now - since)} s"
                + (one.Problem is null ? "" : $". {one.Problem}")
        : one.Problem is null ? null : $"Worker {one.Worker}: {one.Problem}";

    /// <summary>What it said of itself before does not count any more.</summary>
    static string Gone(ReportedWorker one, DateTime now) =>
        $"Worker {one.Worker} has not been heard of since {Format.At(one.At)} " +
        $"({Seconds(now - one.At)} s ago): it died, or it cannot write to PostgreSQL. " +
        "Read the end of its log and start it again, unless another has taken its place. The broker gives " +
        "its requests to the others, and events that it had claimed follow within half a minute. If it is " +
        "dead, \"reversal-worker outbox retry --leased\" sends them at once. It is not listed any more " +
        "after ten minutes";

    static string Seconds(TimeSpan time) =>
        ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
