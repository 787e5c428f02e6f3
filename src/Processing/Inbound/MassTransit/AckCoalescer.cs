using MassTransit.RabbitMqTransport;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// One writer of acknowledgements for a channel. Whatever gathers while one is being written leaves together:
/// the unbroken run from the oldest delivery on as a single "up to here", the rest one by one.
/// </summary>
sealed class AckCoalescer(ChannelContext channel)
{
    readonly Lock _gate = new();
    readonly SortedSet<ulong> _waiting = [];

    /// <summary>Settled beyond the oldest that is not: an "up to here" may pass over these.</summary>
    readonly HashSet<ulong> _settled = [];

    ulong _oldest = 1;
    bool _writing;
    TaskCompletionSource _gathering = new();

    /// <summary>Acknowledges a delivery, alone or with others; done once it is written.</summary>
    internal Task AddAsync(ulong tag)
    {
        Task written;
        lock (_gate)
        {
            _waiting.Add(tag);
            written = _gathering.Task;
            if (_writing)
            {
                return written;
            }

            _writing = true;
        }

        _ = WriteAsync();
        return written;
    }

    /// <summary>Was given back instead.</summary>
    internal void Skip(ulong tag)
    {
        lock (_gate)
        {
            _settled.Add(tag);
        }
    }

    async Task WriteAsync()
    {
        // The outcomes of a batch come within microseconds of each other: let them all arrive first.
        await Task.Yield();
        while (Take() is var (upTo, alone, written))
        {
            try
            {
                CrashPoint.Reached("before-acknowledge");
                if (upTo is { } last)
                {
                    await channel.Channel.BasicAckAsync(last, multiple: true);
                }

                foreach (var tag in alone)
                {
                    await channel.Channel.BasicAckAsync(tag, multiple: false);
                }

                CrashPoint.Reached("after-acknowledge");
                written.TrySetResult();
            }
            catch (Exception error)
            {
                // Whatever it was, those who wait must learn of it: the channel is gone, and the broker gives
                // these deliveries to somebody else.
                written.TrySetException(error);
            }
        }
    }

    /// <summary>What is to be written next; null when the writer may rest.</summary>
    (ulong? UpTo, List<ulong> Alone, TaskCompletionSource Written)? Take()
    {
        lock (_gate)
        {
            // The tag of an "up to here" must itself be open: for one it does not know the broker closes
            // the channel.
            ulong? upTo = null;
            for (;; _oldest++)
            {
                if (_waiting.Remove(_oldest))
                {
                    upTo = _oldest;
                }
                else if (!_settled.Remove(_oldest))
                {
                    break;
                }
            }

            List<ulong> alone = [.. _waiting];
            _settled.UnionWith(alone);
            _waiting.Clear();
            _writing = upTo is not null || alone.Count > 0;
            if (!_writing)
            {
                return null;
            }

            var written = _gathering;
            _gathering = new TaskCompletionSource();
            return (upTo, alone, written);
        }
    }
}
