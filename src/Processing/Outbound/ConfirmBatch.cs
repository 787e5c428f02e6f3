using Reversals.Processing.Storage;

namespace Reversals.Processing.Outbound;

/// <summary>Events on their way at once on one channel, and what the broker has said of each.</summary>
sealed class ConfirmBatch(IReadOnlyList<OutboxRow> rows)
{
    readonly Lock _gate = new();
    readonly PublishOutcome[] _outcomes = new PublishOutcome[rows.Count];
    readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _answered;

    /// <summary>The broker's number of the first event; the others follow without a gap.</summary>
    internal ulong FirstTag { get; set; }

    /// <summary>Done once every event was confirmed or refused, or no confirm can come any more.</summary>
    internal Task Completed => _completed.Task;

    /// <summary>What is known now; a confirm that comes later changes it no more.</summary>
    internal PublishOutcome[] Outcomes()
    {
        lock (_gate)
        {
            return [.. _outcomes];
        }
    }

    /// <summary>The broker confirmed or refused one event, or all up to one.</summary>
    internal void Confirm(ulong tag, bool multiple, PublishOutcome outcome)
    {
        lock (_gate)
        {
            var last = (long)(tag - FirstTag);
            for (var place = multiple ? 0 : last; place <= last && place < _outcomes.Length; place++)
            {
                Record(place, outcome);
            }
        }
    }

    /// <summary>
    /// Nobody is bound: the broker sends the event back, and then confirms that it has done so.
    /// </summary>
    internal void Returned(string? messageId)
    {
        lock (_gate)
        {
            for (var place = 0; place < _outcomes.Length; place++)
            {
                if (string.Equals(rows[place].EventId.ToString(), messageId, StringComparison.Ordinal))
                {
                    Record(place, PublishOutcome.Unroutable);
                }
            }
        }
    }

    /// <summary>The channel is gone.</summary>
    internal void Abandon() => _completed.TrySetResult();

    void Record(long place, PublishOutcome outcome)
    {
        if (place < 0 || _outcomes[place] != PublishOutcome.Unknown)
        {
            return;
        }

        _outcomes[place] = outcome;
        if (++_answered == _outcomes.Length)
        {
            _completed.TrySetResult();
        }
    }
}
