namespace Reversals.Tests.Chaos;

/// <summary>A payment made after the books were remembered; its bill's paid_amount rose by as much.</summary>
sealed record AddedPayment(long Id, long BillId, decimal Amount);

/// <summary>
/// Messages, ready and unacknowledged, at the end; and the queues and exchanges that are nobody's.
/// </summary>
sealed record QueueCounts(long Requests, long DeadLetters, IReadOnlyList<string> Others);

/// <summary>
/// Judges a run by what cannot be argued away: the tables, what the tap heard, and what the senders wrote
/// down. It shares no code with the worker, knows nothing of how the worker works, and is to be asked when
/// the faults are healed and the time to recover is up.
/// </summary>
static class Checker
{
    /// <summary>The books before the first request. The worker's own tables must be empty.</summary>
    internal static Task<BooksBefore> RememberAsync(string connectionString) =>
        BooksBefore.ReadAsync(connectionString);

    /// <summary>Every broken invariant of 1–7, 9, 12 and the tables' side of 11; empty: all held.</summary>
    internal static async Task<IReadOnlyList<Finding>> CheckAsync(
        string connectionString, BooksBefore before, IReadOnlyList<AddedPayment> added,
        IReadOnlyList<Sent> sent, IReadOnlyList<Heard> heard, QueueCounts queues)
    {
        var evidence = new Evidence(before, await BooksAfter.ReadAsync(connectionString), added, sent, heard);
        var verdict = new Verdict(evidence);
        Conservation.Check(evidence, verdict);
        Effects.Check(evidence, verdict);
        Duplicates.Check(evidence, verdict);
        Answers.Check(evidence, verdict);
        Rejections.Check(evidence, verdict);
        CallersTold.Check(evidence, verdict);
        Copies.Check(evidence, verdict);
        Order.Check(evidence, verdict);
        Drain.Check(evidence, queues, verdict);
        return verdict.Findings;
    }
}
