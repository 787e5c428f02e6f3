namespace Reversals.Tests.Unit;

/// <summary>What was handed over and is due still is not handed over every second.</summary>
public sealed class PendingRetryTests
{
    readonly HandClock _clock = new();

    [Fact]
    public void What_is_due_is_handed_over_once_and_again_after_pauses_that_double()
    {
        var retries = new PendingRetries(TimeSpan.FromSeconds(1), _clock);
        Choose(retries, 0).ShouldBe([1]);
        List<int> at = [];
        for (var second = 1; second <= 100; second++)
        {
            if (Choose(retries, 1).Length > 0)
            {
                at.Add(second);
            }
        }

        at.ShouldBe([1, 3, 7, 15, 31, 61, 91]);
    }

    [Fact]
    public void What_is_due_for_the_first_time_waits_for_nobody()
    {
        var retries = new PendingRetries(TimeSpan.FromSeconds(1), _clock);
        Choose(retries, 0).ShouldBe([1]);
        Choose(retries, 0, [new(1, IsOver: false), new(2, IsOver: false)]).ShouldBe([2]);
        Choose(retries, 0, [new(1, IsOver: true), new(2, IsOver: false)]).ShouldBe([1]);
        retries.Choose(new([new(3, IsOver: false)], IsAll: false)).Single().Id.ShouldBe(3);
    }

    [Fact]
    public void All_that_failed_are_tried_again_together_in_the_order_of_arrival()
    {
        var retries = new PendingRetries(TimeSpan.FromSeconds(1), _clock);
        Choose(retries, 0, [new(2, IsOver: false)]);
        Choose(retries, 0, [new(1, IsOver: false), new(2, IsOver: false)]).ShouldBe([1]);
        Choose(retries, 1, [new(1, IsOver: false), new(2, IsOver: false)]).ShouldBe([1, 2]);
    }

    [Fact]
    public void What_was_not_decided_for_a_reason_that_is_not_its_own_does_not_wait()
    {
        var retries = new PendingRetries(TimeSpan.FromSeconds(1), _clock);
        Choose(retries, 0).ShouldBe([1]);
        retries.Undecided([new(1, IsOver: false)]);
        Choose(retries, 0).ShouldBe([1]);
    }

    [Fact]
    public void When_nobody_fails_any_more_the_pauses_begin_anew()
    {
        var retries = new PendingRetries(TimeSpan.FromSeconds(1), _clock);
        Choose(retries, 0);
        Choose(retries, 1).ShouldBe([1]);
        Choose(retries, 1).ShouldBeEmpty();
        Choose(retries, 1, []).ShouldBeEmpty();
        Choose(retries, 1).ShouldBe([1]);
        Choose(retries, 1).ShouldBe([1]);
    }

    long[] Choose(PendingRetries retries, int seconds, IReadOnlyList<DueRequest>? due = null)
    {
        _clock.Pass(seconds);
        return [.. retries.Choose(new(due ?? [new(1, IsOver: false)], IsAll: true)).Select(one => one.Id)];
    }
}
