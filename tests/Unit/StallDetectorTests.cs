namespace Reversals.Tests.Unit;

/// <summary>For how long items have waited in vain.</summary>
public sealed class StallDetectorTests
{
    static readonly InvalidOperationException Error = new("disk full");

    readonly HandClock _clock = new();
    readonly StallDetector _stall;

    public StallDetectorTests() => _stall = new StallDetector(_clock);

    [Fact]
    public void The_batch_that_waits_longest_counts_whatever_the_others_do()
    {
        using var hanging = _stall.Begin();
        _clock.Pass(3);
        using (var other = _stall.Begin())
        {
            _clock.Pass(2);
            other.Progress();
            _stall.Committed();
            _stall.Length.ShouldBe(TimeSpan.FromSeconds(5));
        }

        hanging.Failed(Error);
        _stall.LastError.ShouldBe(Error);
    }

    [Fact]
    public void While_nothing_waits_there_is_no_stall()
    {
        using (_stall.Begin())
        {
            _clock.Pass(5);
        }

        _clock.Pass(5);
        _stall.Length.ShouldBe(TimeSpan.Zero);
        _stall.SetAsideFor.ShouldBe(TimeSpan.Zero);
        _stall.NothingCommittedFor.ShouldBe(TimeSpan.Zero);
        _stall.LastError.ShouldBeNull();
    }

    [Fact]
    public void What_is_set_aside_is_no_stall_of_all_while_others_are_committed()
    {
        _stall.Add(Error);
        _clock.Pass(4);
        _stall.NothingCommittedFor.ShouldBe(TimeSpan.FromSeconds(4));

        _stall.Committed();
        _clock.Pass(1);
        _stall.NothingCommittedFor.ShouldBe(TimeSpan.FromSeconds(1));
        _stall.SetAsideFor.ShouldBe(TimeSpan.FromSeconds(5));

        _stall.Remove();
        _stall.SetAsideFor.ShouldBe(TimeSpan.Zero);
    }
}
