using MassTransit.RabbitMqTransport;

namespace Reversals.Worker.Inbound;

/// <summary>
/// One writer of acknowledgements for a channel. Whatever gathers while one is being written leaves together:
/// the unbroken run from the oldest delivery on as a single "up to here", the rest one by one.
/// </summary>
sealed class Acknowledgements(ChannelContext channel)
{
    readonly Lock _gate = new();
    readonly SortedSet<ulong> _waiting = [];

    /// <summary>Settled beyond the oldest that is not: an "up to here" may pass over these.</summary>
    readonly HashSet<ulong> _settled = [];

    ulong _oldest = 1;
    bool _writing;

    /// <summary>Acknowledges a delivery, now or together with others very soon.</summary>
    internal ValueTask AddAsync(ulong tag)
    {
        lock (_gate)
        {
            _waiting.Add(tag);
            if (_writing)
            {
                return ValueTask.CompletedTask;
            }

            _writing = true;
        }

        return WriteAsync();
    }

    /// <summary>Was given back instead.</summary>
    internal void Skip(ulong tag)
    {
        lock (_gate)
        {
            _settled.Add(tag);
        }
    }

    async ValueTask WriteAsync()
    {
        // The outcomes of a batch come within microseconds of each other: let them all arrive first.
        await Task.Yield();
        while (true)
        {
            var (upTo, alone) = Take();
            if (upTo is null && alone.Count == 0)
            {
                return;
            }

            if (upTo is { } last)
            {
                await channel.Channel.BasicAckAsync(last, multiple: true);
            }

            foreach (var tag in alone)
            {
                await channel.Channel.BasicAckAsync(tag, multiple: false);
            }
        }
    }

    /// <summary>What is to be written next; nothing when the writer may rest.</summary>
    (ulong? UpTo, List<ulong> Alone) Take()
    {
        lock (_gate)
        {
            // The tag of an "up to here" must itself be open: the broker
            // closes the channel for one it does not know.
            ulong? upTo = null;
            while (_waiting.Remove(_oldest) ? (upTo = _oldest) is not null : _settled.Remove(_oldest))
            {
                _oldest++;
            }

            List<ulong> alone = [.. _waiting];
            _settled.UnionWith(alone);
            _waiting.Clear();
            _writing = upTo is not null || alone.Count > 0;
            return (upTo, alone);
        }
    }
}
