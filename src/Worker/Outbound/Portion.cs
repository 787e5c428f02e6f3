namespace Reversals.Worker.Outbound;

/// <summary>
/// How many events the relay takes at a time. What is published again because its confirm was late makes a slow
/// broker slower still; so after a confirm that did not come in time it is half as many, and a little more
/// again each time that all came.
/// </summary>
/// <param name="most">The most, and how many at first.</param>
sealed class Portion(int most)
{
    /// <summary>So many times all confirms come in time until a portion is from none the greatest again.</summary>
    const int StepsUp = 16;

    readonly int _most = most;

    /// <summary>At least one.</summary>
    internal int Size { get; private set; } = most;

    /// <summary>What became of the last one.</summary>
    /// <param name="allAnswered">The broker answered to each event, whatever it said, in time.</param>
    internal void Follow(bool allAnswered) => Size = allAnswered
        ? Math.Min(_most, Size + ((_most + StepsUp - 1) / StepsUp))
        : Math.Max(1, Size / 2);
}
