namespace Reversals.Processing.Outbound;

/// <summary>
/// The size of event from which on the broker is expected to close the channel, as far as it was seen to. The
/// protocol does not tell it, and an operator may change it at any time.
/// </summary>
sealed class SizeLimit
{
    int _suspect = int.MaxValue;

    /// <summary>An event of this size had better travel alone: it would take others with it.</summary>
    internal bool IsSuspect(int size) => size >= _suspect;

    /// <summary>The broker closed the channel over an event of this size alone.</summary>
    internal void Refused(int size) => _suspect = Math.Min(_suspect, size);

    /// <summary>The broker took one of this size after all.</summary>
    internal void Taken(int size)
    {
        if (IsSuspect(size))
        {
            _suspect = size + 1;
        }
    }
}
