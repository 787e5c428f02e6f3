using Reversals.RabbitMq;

namespace Reversals.Processing.Outbound;

/// <summary>What became of one publish.</summary>
enum PublishOutcome
{
    /// <summary>The connection is gone, or it was not sent: as a rule it is not there.</summary>
    Unknown,

    /// <summary>The broker has it safely.</summary>
    Confirmed,

    /// <summary>Nobody is bound for it.</summary>
    Unroutable,

    /// <summary>The broker refused it: some queue is full. The other queues have it.</summary>
    Refused,

    /// <summary>
    /// No answer in time on a channel that is open: some queue does not answer, as a rule because it has no
    /// leader. The other queues may have it.
    /// </summary>
    Unanswered,

    /// <summary>The broker closes the channel over this event: it is larger than it takes.</summary>
    Unacceptable,
}

/// <summary>What the broker's answers mean for the events.</summary>
static class PublishOutcomes
{
    /// <summary>What is known now; a confirm that comes later does not change it.</summary>
    /// <param name="answers">In the order of sending; those that were not sent have none.</param>
    /// <param name="count">How many events there are.</param>
    internal static PublishOutcome[] Of(List<Task<PublishResult>> answers, int count)
    {
        var outcomes = new PublishOutcome[count];
        for (var place = 0; place < answers.Count; place++)
        {
            outcomes[place] = answers[place] is { IsCompletedSuccessfully: true, Result: var result }
                ? Of(result)
                : PublishOutcome.Unknown;
        }

        return outcomes;
    }

    static PublishOutcome Of(PublishResult result) => result switch
    {
        PublishResult.Confirmed => PublishOutcome.Confirmed,
        PublishResult.Unroutable => PublishOutcome.Unroutable,
        PublishResult.Refused => PublishOutcome.Refused,
        _ => PublishOutcome.Unknown,
    };
}
