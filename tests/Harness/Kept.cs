namespace Reversals.Tests.Harness;

/// <summary>A list that others add to while it is looked at.</summary>
sealed class Kept<T>
{
    readonly Lock _gate = new();
    readonly List<T> _all = [];

    /// <summary>All so far, in the order in which they came.</summary>
    internal IReadOnlyList<T> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _all];
            }
        }
    }

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _all.Count;
            }
        }
    }

    internal void Add(T one)
    {
        lock (_gate)
        {
            _all.Add(one);
        }
    }
}
