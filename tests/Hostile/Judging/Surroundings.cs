using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile.Judging;

/// <summary>What hostile input does to all around it: honest senders, the servers, the worker.</summary>
sealed class Surroundings(Judgements judgements)
{
    /// <summary>Good requests waited longer than this: that is a stall.</summary>
    const double LongestMilliseconds = 2_000;

    /// <summary>Below this the noise of a small machine would decide.</summary>
    const double FloorMilliseconds = 40;

    /// <summary>A quiet above this is none: somebody else has the machine.</summary>
    const double BusyMilliseconds = 50;

    const int FewestSamples = 500;

    /// <summary>
    /// The good traffic while hostile input came in, beside the quiet before and after it: a machine that has
    /// other work is not quiet either.
    /// </summary>
    internal void Traffic(
        GoodTraffic good, HeardOutcomes tap, IEnumerable<(int From, int To)> calm, (int From, int To) meanwhile)
    {
        var quiet = good.Latencies(calm);
        var during = good.Latencies([meanwhile]);
        JudgeTimes(judgements, "good traffic", quiet, during, GoodTraffic.Rate);

        var unanswered = good.Unanswered();
        judgements.Judge(unanswered == 0 && tap.GoodWrong == 0,
            "the good traffic is answered with success",
            $"{unanswered} unanswered, {tap.GoodWrong} refused");
    }

    /// <summary>Times meanwhile beside those of the quiet.</summary>
    internal static void JudgeTimes(
        Judgements judgements, string who, (double P99, double Most, int Samples) quiet,
        (double P99, double Most, int Samples) during, int rate)
    {
        var limit = Math.Max(2 * quiet.P99, FloorMilliseconds);
        Report.Say($"- {who} at {rate}/s: p99 {quiet.P99:0.0} ms in {quiet.Samples} " +
            $"samples in the quiet, {during.P99:0.0} ms in {during.Samples} meanwhile, " +
            $"at most {limit:0.0} ms: x {during.P99 / quiet.P99:0.00}; longest {during.Most:0} ms");
        if (Math.Min(quiet.Samples, during.Samples) < FewestSamples)
        {
            Report.Say($"- its times are not judged: that takes {FewestSamples} samples of each");
        }
        else if (quiet.P99 > BusyMilliseconds)
        {
            Report.Say("- its times are not judged: the quiet has long ones too, so the machine has " +
                "other work");
        }
        else
        {
            judgements.Judge(during.P99 <= limit, $"the p99 of {who} at most doubles",
                $"{during.P99:0.0} ms, at most {limit:0.0} ms");
            judgements.Judge(during.Most <= LongestMilliseconds, "no stall",
                $"{who}: one waited {during.Most:0} ms");
        }
    }

    internal async Task ServersAsync(Broker broker, Books books, BrokerLook? before)
    {
        foreach (var queue in (string[])[Wire.Requests, Wire.DeadLetters])
        {
            var waiting = await broker.WaitingAsync(queue);
            judgements.Judge(waiting == 0, $"the queue {queue} is empty in the end", $"{waiting} messages");
        }

        var outbox = await books.OutboxAsync();
        judgements.Judge(outbox == 0, "the outbox is empty in the end", $"{outbox} events");
        if (await Broker.LookAsync() is not { } after || before is null)
        {
            Report.Say("- new queues and redeliveries are not judged: SERVERS_RABBITMQCTL names no command");
            return;
        }

        string[] more = [.. after.Objects.Except(before.Objects, StringComparer.Ordinal),
            .. after.Objects.Where(name => name.Contains("_error", StringComparison.Ordinal)
                || name.Contains("_skipped", StringComparison.Ordinal))];
        judgements.Judge(more.Length == 0, "no queue or exchange appears", string.Join(", ", more));
        var again = after.Redelivered - before.Redelivered;
        judgements.Judge(again == 0, "the broker delivers nothing twice", $"{again} redeliveries");
    }

    internal void Worker(WorkerProcess worker)
    {
        judgements.Judge(worker.IsRunning, "the worker runs from beginning to end", worker.Said);
        judgements.Judge(worker.Complained.Count == 0,
            "the worker tried nothing again and lost no connection", string.Join('\n', worker.Complained));
    }
}
