namespace Reversals.Processing.Outbound;

/// <summary>
/// The size of event from which the broker is expected to close the channel, as learned from what it did. The
/// protocol does not tell this limit, and an operator may change it at any time.
/// </summary>
sealed class SizeLimit
{
    int _suspect = int.MaxValue;

    /// <summary>An event of this size should travel alone, or it takes others down with it.</summary>
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
