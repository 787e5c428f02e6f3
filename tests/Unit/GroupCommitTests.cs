namespace Reversals.Tests.Unit;

/// <summary>What is taken together, and who learns what.</summary>
public sealed class GroupCommitTests
{
    [Fact]
    public async Task One_alone_waits_for_nobody()
    {
        var clock = new ImpatientClock();
        await using var log = new CommitLog((_, _) => Task.CompletedTask, clock: clock);
        (await log.SubmitAsync(1)).ShouldBe(Committed.Result);
        log.Done.ShouldBe([[1]]);
        clock.Rests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_commit_takes_whatever_came_while_the_one_before_was_under_way()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) => gate.Task);
        var first = log.SubmitAsync(1);
        await log.CommitBegunAsync();

        var others = log.Submit(Enumerable.Range(2, 7));
        log.Tried.Count.ShouldBe(1);
        gate.SetResult();

        (await Task.WhenAll([first, .. others])).ShouldAllBe(result => result is Committed);
        log.Done.ShouldBe([[1], [2, 3, 4, 5, 6, 7, 8]]);
    }

    [Fact]
    public async Task A_commit_never_takes_more_than_the_limit()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) => gate.Task, new GroupCommitOptions { Limit = 3 });
        var first = log.SubmitAsync(0);
        await log.CommitBegunAsync();

        var others = log.Submit(Enumerable.Range(1, 20));
        gate.SetResult();

        (await Task.WhenAll([first, .. others])).ShouldAllBe(result => result is Committed);
        log.Done.ShouldAllBe(batch => batch.Count <= 3);
        log.Done[1].ShouldBe([1, 2, 3]);
        log.Done.SelectMany(batch => batch).Order().ShouldBe(Enumerable.Range(0, 21));
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    public async Task Under_load_slow_commits_begin_no_more_often_than_the_interval(int together, int rests)
    {
        var clock = new ImpatientClock();
        var longest = TimeSpan.FromMinutes(1);
        await using var log = await CommitAsync(
            together, new GroupCommitOptions { Interval = longest }, clock, () => clock.Pass(longest));

        (await log.SubmitAsync(99)).ShouldBe(Committed.Result);

        log.Done[^1].ShouldBe([99]);
        clock.Rests.Count.ShouldBe(rests);
        clock.Rests.ShouldAllBe(rest => rest > longest / 2 && rest <= longest);
    }

    [Fact]
    public async Task A_full_commit_waits_for_no_interval()
    {
        var clock = new ImpatientClock();
        var options = new GroupCommitOptions { Interval = TimeSpan.FromMinutes(1), Limit = 4 };
        await using var log = await CommitAsync(8, options, clock, () => clock.Pass(options.Interval));
        log.Done.Select(batch => batch.Count).ShouldBe([1, 4, 4]);
        clock.Rests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_an_interval_nobody_waits_for_one()
    {
        var clock = new ImpatientClock();
        await using var log = await CommitAsync(
            8, new GroupCommitOptions { Interval = TimeSpan.Zero }, clock,
            () => clock.Pass(TimeSpan.FromMinutes(1)));
        (await log.SubmitAsync(99)).ShouldBe(Committed.Result);
        clock.Rests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_learns_of_a_commit_before_it_is_one()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) => gate.Task);

        var submitted = log.SubmitAsync(1);
        await log.CommitBegunAsync();
        submitted.IsCompleted.ShouldBeFalse();

        gate.SetResult();
        (await submitted).ShouldBe(Committed.Result);
    }

    [Fact]
    public async Task Lanes_commit_side_by_side()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) => gate.Task, new GroupCommitOptions { Lanes = 2 });

        var first = log.SubmitAsync(1);
        await log.CommitBegunAsync();
        var second = log.SubmitAsync(2);
        await log.CommitBegunAsync();

        log.Tried.ShouldBe([[1], [2]]);
        gate.SetResult();
        await Task.WhenAll(first, second);
    }

    /// <summary>Nothing is worse than a full room that takes ever more in.</summary>
    [Fact]
    public async Task A_full_room_lets_the_sender_wait_and_the_sender_may_give_up()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) => gate.Task, new GroupCommitOptions { Limit = 1 });
        var inside = log.SubmitAsync(0);
        await log.CommitBegunAsync();
        var waiting = log.Submit([1, 2]);
        using var giveUp = new CancellationTokenSource();

        var outside = log.SubmitUntilAsync(3, giveUp.Token);
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(outside);
        gate.SetResult();

        await Task.WhenAll([inside, .. waiting]);
        log.Done.ShouldBe([[0], [1], [2]]);
    }

    [Theory]
    [Each(1, 2, 7, 64, 100)]
    public async Task One_poison_is_isolated_in_few_commits_and_its_neighbours_succeed_once(int size)
    {
        for (var poison = 0; poison < size; poison += Math.Max(1, size / 9))
        {
            var culprit = poison;
            var (log, results) = await CommitTogetherAsync(size, item => item == culprit);

            results.Count(result => result is Failed).ShouldBe(1);
            results[culprit].ShouldBeOfType<Failed>().Error
                .ShouldBeOfType<InvalidOperationException>().Message.ShouldBe("poison");
            log.Done.SelectMany(batch => batch).Where(item => item >= 0).Order()
                .ShouldBe(Enumerable.Range(0, size).Where(item => item != culprit));
            (log.Tried.Count - 1).ShouldBeLessThanOrEqualTo(1 + (2 * (int)Math.Ceiling(Math.Log2(size))));
        }
    }

    [Fact]
    public async Task Several_poisons_are_each_isolated_and_their_neighbours_succeed_once()
    {
        int[] poisons = [0, 1, 31, 32, 63];
        var (log, results) = await CommitTogetherAsync(64, poisons.Contains);
        results.Index().Where(entry => entry.Item is Failed).Select(entry => entry.Index).ShouldBe(poisons);
        log.Done.SelectMany(batch => batch).Where(item => item >= 0).Order()
            .ShouldBe(Enumerable.Range(0, 64).Except(poisons));
    }

    [Fact]
    public async Task When_all_are_poison_each_learns_its_own_error()
    {
        var (log, results) = await CommitTogetherAsync(9, _ => true);
        results.ShouldAllBe(result => ((Failed)result).Error is InvalidOperationException);
        log.Done.ShouldBe([[-1]]);
    }

    [Fact]
    public async Task After_a_poison_the_next_is_committed_as_ever()
    {
        await using var log = new CommitLog(
            (items, _) => items.Contains(1) ? throw Poison() : Task.CompletedTask);
        (await log.SubmitAsync(1)).ShouldBeOfType<Failed>();
        (await log.SubmitAsync(2)).ShouldBe(Committed.Result);
    }

    /// <summary>Commits one item, and so many more that came together meanwhile.</summary>
    static async Task<CommitLog> CommitAsync(
        int together, GroupCommitOptions options, TimeProvider clock, Action? onFirst = null)
    {
        var gate = new TaskCompletionSource();
        var log = new CommitLog(
            (items, _) =>
            {
                if (items is not [-1])
                {
                    return Task.CompletedTask;
                }

                onFirst?.Invoke();
                return gate.Task;
            },
            options, clock);
        (await log.CommitTogetherAsync(gate, together)).ShouldAllBe(result => result is Committed);
        return log;
    }

    /// <summary>Commits 0 … size − 1 as one batch, after a first one, −1, that held the lane
    /// meanwhile.</summary>
    static async Task<(CommitLog Log, CommitResult[] Errors)> CommitTogetherAsync(
        int size, Func<int, bool> isPoison)
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((items, _) => items switch
        {
            [-1] => gate.Task,
            _ when items.Any(isPoison) => throw Poison(),
            _ => Task.CompletedTask,
        });
        return (log, await log.CommitTogetherAsync(gate, size));
    }

    static InvalidOperationException Poison() => new("poison");
}
