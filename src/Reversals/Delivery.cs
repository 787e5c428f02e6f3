namespace Reversals;

/// <summary>The message that brought a request.</summary>
/// <param name="identify">Its hash; asked for only when it is needed.</param>
/// <param name="isRepeated">Whether the broker may have delivered it before.</param>
public sealed class Delivery(Func<byte[]> identify, bool isRepeated)
{
    byte[]? _hash;

    /// <summary>Whether the broker may have delivered it before, and somebody answered it then.</summary>
    public bool IsRepeated { get; private set; } = isRepeated;

    /// <summary>
    /// It was decided, and nobody may know whether that was committed: somebody may have been answered.
    /// </summary>
    public void Repeat() => IsRepeated = true;

    /// <summary>32 bytes, the same each time the broker delivers this message.</summary>
    public byte[] Hash() => _hash ??= identify();

    /// <summary>The delivery of a request that was remembered with its hash; null: without.</summary>
    public static Delivery? Remembered(byte[]? hash) =>
        hash is null ? null : new Delivery(() => hash, isRepeated: false);
}
