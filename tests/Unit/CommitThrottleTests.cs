namespace Reversals.Tests.Unit;

/// <summary>How soon after a commit the next one begins.</summary>
public sealed class CommitThrottleTests
{
    const int Full = 500;

    readonly HandClock _clock = new();
    readonly ImpatientClock _timers = new();

    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 9)]
    [InlineData(50, 10)]
    public void Three_usual_durations_lie_between_two_beginnings_and_at_most_the_interval(
        int tookMs, int spacingMs)
    {
        var throttle = Throttle(_clock);
        Commit(throttle, tookMs);
        throttle.MinimumSpacing.ShouldBe(TimeSpan.FromMilliseconds(spacingMs));
    }

    [Fact]
    public void One_slow_commit_delays_few_others()
    {
        var throttle = Throttle(_clock, intervalMs: 100);
        Commit(throttle, 2);
        Commit(throttle, 18);
        throttle.MinimumSpacing.ShouldBe(TimeSpan.FromMilliseconds(12));

        Commit(throttle, 2, times: 20);
        throttle.MinimumSpacing.ShouldBeLessThan(TimeSpan.FromMilliseconds(6.5));
    }

    [Fact]
    public void A_commit_that_waited_a_minute_for_its_server_delays_few_others()
    {
        var throttle = Throttle(_clock);
        Commit(throttle, 2);
        Commit(throttle, 60_000);
        Commit(throttle, 2, times: 20);
        throttle.MinimumSpacing.ShouldBeLessThan(TimeSpan.FromMilliseconds(6.5));
    }

    [Fact]
    public void Commits_that_become_slow_are_noticed_within_a_few()
    {
        var throttle = Throttle(_clock);
        Commit(throttle, 1);
        Commit(throttle, 8, times: 10);
        throttle.MinimumSpacing.ShouldBe(TimeSpan.FromMilliseconds(10));
    }

    [Theory]
    [InlineData(8, 1, true)]
    [InlineData(8, Full, false)]
    [InlineData(3, 1, false)]
    public async Task Quick_commits_wait_for_what_is_left_of_their_own_spacing(
        int together, int waiting, bool waits)
    {
        var throttle = Throttle(_timers, intervalMs: 60_000);
        throttle.Begin(together);
        _timers.Pass(TimeSpan.FromSeconds(1));
        throttle.End();
        await throttle.WaitAsync(waiting, CancellationToken.None);
        _timers.Rests.Count.ShouldBe(waits ? 1 : 0);
        _timers.Rests.ShouldAllBe(
            rest => rest > TimeSpan.FromSeconds(1.5) && rest < TimeSpan.FromSeconds(2.5));
    }

    static CommitThrottle Throttle(TimeProvider clock, int intervalMs = 10) => new(
        new GroupCommitOptions { Interval = TimeSpan.FromMilliseconds(intervalMs), Limit = Full }, clock);

    void Commit(CommitThrottle throttle, int tookMs, int times = 1)
    {
        for (var commit = 0; commit < times; commit++)
        {
            throttle.Begin(8);
            _clock.Pass(TimeSpan.FromMilliseconds(tookMs));
            throttle.End();
        }
    }
}
