namespace Reversals.Tests.Unit;

/// <summary>One doubling for everybody who tries again.</summary>
public sealed class BackoffTests
{
    static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2));

    [Theory]
    [InlineData(0, 50)]
    [InlineData(1, 50)]
    [InlineData(2, 100)]
    [InlineData(6, 1_600)]
    [InlineData(7, 2_000)]
    [InlineData(int.MaxValue, 2_000)]
    public void A_delay_doubles_with_each_attempt_up_to_the_longest(int attempt, int milliseconds) =>
        Backoff.After(attempt).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void Without_a_first_delay_there_is_none() =>
        (Backoff with { First = TimeSpan.Zero }).After(30).ShouldBe(TimeSpan.Zero);
}
