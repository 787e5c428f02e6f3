using Reversals.Processing.Outbound;

namespace Reversals.Tests.Unit;

/// <summary>When a relay completes and claims while rows are handed over to it.</summary>
public sealed class ClaimThrottleTests
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    static readonly Completion Few = new() { LeaseId = Guid.CreateVersion7(Some.Now), Confirmed = [1], Failed = [] };

    readonly HandClock _clock = new();
    readonly ClaimThrottle _throttle;

    public ClaimThrottleTests()
    {
        _throttle = new ClaimThrottle(new OutboundOptions(), _clock);
        _throttle.Claimed([], limit: 10);
    }

    [Fact]
    public void Few_rows_wait_for_the_interval_to_be_completed()
    {
        _throttle.IsDue(Few).ShouldBeFalse();
        _throttle.PutOff(Few).ShouldBe(Interval);
        _clock.Pass(Interval);
        _throttle.IsDue(Few).ShouldBeTrue();
        _throttle.PutOff(Few).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void As_many_as_a_claim_takes_wait_for_nothing()
    {
        var many = Few with { Confirmed = [.. Enumerable.Range(1, new OutboundOptions().ClaimLimit).Select(id => (long)id)] };
        _throttle.IsDue(many).ShouldBeTrue();
    }

    /// <summary>The second event of a bill cannot be claimed before the first is completed.</summary>
    [Fact]
    public void What_a_commit_left_behind_is_claimed_with_the_next_round_and_once()
    {
        _throttle.LeftBehind();
        _throttle.IsDue(Few).ShouldBeTrue();
        _throttle.PutOff(Few).ShouldBe(TimeSpan.Zero);
        _throttle.Claimed([], limit: 10);
        _throttle.IsDue(Few).ShouldBeFalse();
    }
}
