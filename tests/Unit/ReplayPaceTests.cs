using Reversals.Operations.Actions;
using Reversals.Operations.Queries;

namespace Reversals.Tests.Unit;

/// <summary>A replay begins small, grows, and is no faster than it may be.</summary>
public sealed class ReplayPaceTests
{
    readonly HandClock _clock = new();

    [Fact]
    public void Portions_grow_from_one_to_ten_to_a_hundred_to_what_a_commit_holds()
    {
        var pace = new ReplayPace(Terms(), _clock);
        List<int> sizes = [];
        for (var portion = 0; portion < 5; portion++)
        {
            sizes.Add(pace.Next);
            pace.Sent(pace.Next);
        }

        sizes.ShouldBe([1, 10, 100, ReplayPace.AtOnce, ReplayPace.AtOnce]);
    }

    [Fact]
    public void A_portion_of_which_nothing_could_be_sent_tells_nothing_so_the_next_is_no_larger()
    {
        var pace = new ReplayPace(Terms(), _clock);
        pace.Sent(0);
        pace.Next.ShouldBe(1);
    }

    [Fact]
    public void No_more_are_sent_than_the_limit_allows()
    {
        var pace = new ReplayPace(Terms() with { Limit = 12 }, _clock);
        pace.Sent(1);
        pace.Sent(10);
        pace.Next.ShouldBe(1);
        pace.Sent(1);
        pace.Next.ShouldBe(0);
    }

    [Fact]
    public void A_rate_holds_on_the_whole_and_no_portion_is_more_than_a_seconds_worth()
    {
        var pace = new ReplayPace(Terms() with { Rate = 5 }, _clock);
        pace.Sent(1);
        pace.Next.ShouldBe(5);
        pace.Sent(5);
        pace.WaitAsync(CancellationToken.None).IsCompleted.ShouldBeFalse("six take 1.2 s");
        _clock.Pass(TimeSpan.FromSeconds(1.2));
        pace.WaitAsync(CancellationToken.None).IsCompletedSuccessfully.ShouldBeTrue();
    }

    static ReplayTerms Terms() => new()
    {
        Filter = new QuarantineFilter { Cause = "SIGNATURE_INVALID" }, By = new Operator { Name = "duty" },
    };
}
