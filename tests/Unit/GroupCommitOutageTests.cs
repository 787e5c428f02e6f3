namespace Reversals.Tests.Unit;

/// <summary>What is given back, and what waits for a row that somebody holds.</summary>
public sealed class GroupCommitOutageTests
{
    [Fact]
    public async Task What_is_given_back_is_cancelled_and_what_comes_later_is_committed()
    {
        var away = true;
        await using var log = new CommitLog(
            (_, stop) => away ? Task.Delay(Timeout.Infinite, stop) : Task.CompletedTask,
            new GroupCommitOptions { Limit = 2 });
        var first = log.SubmitAsync(0);
        await log.CommitBegunAsync();
        var others = log.Submit([1, 2, 3]);

        log.GiveBack();

        foreach (var one in (Task[])[first, .. others])
        {
            await Should.ThrowAsync<OperationCanceledException>(one);
        }

        away = false;
        (await log.SubmitAsync(4)).ShouldBe(Committed.Result);
        log.Done.ShouldBe([[4]]);
    }

    [Fact]
    public async Task A_rest_between_two_tries_ends_when_all_is_given_back()
    {
        var resting = new TaskCompletionSource();
        var clock = new ImpatientClock { Stands = true, OnRest = () => resting.TrySetResult() };
        await using var log = new CommitLog((_, _) => throw new TimeoutException(), clock: clock);
        var submitted = log.SubmitAsync(1);
        await resting.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        log.GiveBack();

        await Should.ThrowAsync<OperationCanceledException>(submitted);
    }

    [Fact]
    public async Task It_is_stalled_while_a_commit_does_not_end_and_not_when_nothing_waits()
    {
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) => gate.Task);
        log.Stall.Length.ShouldBe(TimeSpan.Zero);
        var submitted = log.SubmitAsync(1);
        await log.CommitBegunAsync();
        log.Stall.Length.ShouldBeGreaterThan(TimeSpan.Zero);

        gate.SetResult();
        await submitted;
        log.Complete();
        await log.EndedAsync();
        log.Stall.Length.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task An_item_that_needs_a_held_row_waits_alone_and_is_committed_when_it_is_free()
    {
        var gate = new TaskCompletionSource();
        CommitLog? log = null;
        await using var running = log = new CommitLog((items, _) =>
            items is [0] ? gate.Task
            // Free once all others are committed: had they to wait for it, nobody would ever be.
            : items.Contains(5) && log!.Done.Sum(batch => batch.Count) < 8
                ? throw Some.Error(PostgresErrorCodes.LockNotAvailable)
            : Task.CompletedTask);
        var first = log.SubmitAsync(0);
        await log.CommitBegunAsync();
        var others = log.Submit(Enumerable.Range(1, 8));
        gate.SetResult();

        (await Task.WhenAll([first, .. others])).ShouldAllBe(result => result is Committed);

        log.Done.Select(batch => batch.Order().ToArray()).SkipLast(1).SelectMany(batch => batch).Order()
            .ShouldBe([0, 1, 2, 3, 4, 6, 7, 8]);
        log.Done[^1].ShouldBe([5]);
    }

    [Fact]
    public async Task An_item_whose_row_is_still_held_at_the_end_goes_back_to_its_sender()
    {
        var tried = new TaskCompletionSource();
        await using var log = new CommitLog((_, _) =>
        {
            tried.TrySetResult();
            throw Some.Error(PostgresErrorCodes.LockNotAvailable);
        });
        var submitted = log.SubmitAsync(1);
        await tried.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        log.Complete();

        await Should.ThrowAsync<OperationCanceledException>(submitted);
        await log.EndedAsync();
    }
}
