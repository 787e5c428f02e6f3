using Microsoft.Extensions.Logging.Abstractions;

namespace Reversals.Tests.Unit;

/// <summary>The end of the day: what was committed stays, everybody else learns that it was not.</summary>
public sealed class GroupCommitStopTests
{
    [Fact]
    public async Task Stop_cancels_what_was_not_committed_and_only_that()
    {
        await using var log = new CommitLog(
            (items, stop) => items is [0] ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop));
        (await log.SubmitAsync(0)).ShouldBe(Committed.Result);
        var underWay = log.SubmitAsync(1);
        await log.CommitBegunAsync();
        await log.CommitBegunAsync();
        var waiting = log.SubmitAsync(2);

        await log.StopAsync();

        await Should.ThrowAsync<OperationCanceledException>(underWay);
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await log.EndedAsync();
        log.Done.ShouldBe([[0]]);
    }

    [Fact]
    public async Task Stop_ends_a_rest()
    {
        var resting = new TaskCompletionSource();
        var clock = new ImpatientClock { Stands = true, OnRest = () => resting.TrySetResult() };
        await using var log = new CommitLog((_, _) => throw new TimeoutException(), clock: clock);
        var submitted = log.SubmitAsync(1);
        await resting.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        await log.StopAsync();

        await Should.ThrowAsync<OperationCanceledException>(submitted);
        await log.EndedAsync();
    }

    [Fact]
    public async Task What_was_committed_before_the_stop_in_a_split_batch_stays_committed()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((items, stop) => items switch
        {
            [0] => gate.Task,
            [1, 2] => Task.CompletedTask,
            [3, 4] => Task.Delay(Timeout.Infinite, stop),
            _ => throw new InvalidOperationException("poison"),
        });
        var first = log.SubmitAsync(0);
        await log.CommitBegunAsync();
        var others = log.Submit([1, 2, 3, 4]);
        gate.SetResult();
        await first;
        (await others[0]).ShouldBe(Committed.Result);
        (await others[1]).ShouldBe(Committed.Result);

        await log.StopAsync();

        await Should.ThrowAsync<OperationCanceledException>(others[2]);
        await Should.ThrowAsync<OperationCanceledException>(others[3]);
    }

    [Fact]
    public async Task Complete_finishes_what_waits_and_takes_nothing_more()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) => gate.Task, new GroupCommitOptions { Limit = 2 });
        var first = log.SubmitAsync(0);
        await log.CommitBegunAsync();
        var others = log.Submit([1, 2, 3]);

        log.Complete();
        await Should.ThrowAsync<OperationCanceledException>(log.SubmitAsync(4));
        gate.SetResult();

        (await Task.WhenAll([first, .. others])).ShouldAllBe(result => result is Committed);
        await log.EndedAsync();
        log.Done.ShouldBe([[0], [1, 2], [3]]);
    }

    [Fact]
    public async Task An_item_that_comes_after_the_stop_is_cancelled_not_left_waiting()
    {
        await using var log = new CommitLog((_, _) => Task.CompletedTask);
        await log.SubmitAsync(1);
        await log.StopAsync();
        await log.EndedAsync();
        await Should.ThrowAsync<OperationCanceledException>(log.SubmitAsync(2));
    }

    [Fact]
    public async Task An_item_that_came_before_the_lanes_is_cancelled_by_the_stop_too()
    {
        using var group = new GroupCommit<int>(
            "test", new GroupCommitOptions(), (_, _, _) => Task.CompletedTask, new ImpatientClock(),
            NullLogger.Instance);
        var submitted = group.SubmitAsync(1, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        await Task.WhenAny(group.RunAsync(new CancellationToken(canceled: true)));

        await Should.ThrowAsync<OperationCanceledException>(submitted);
    }
}
