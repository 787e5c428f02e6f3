using Reversals.Processing.Postgres;

namespace Reversals.Tests.Unit;

/// <summary>Faults that are no message's fault.</summary>
public sealed class GroupCommitRetryTests
{
    [Fact]
    public async Task A_batch_is_tried_again_whole_while_the_database_is_away_and_nothing_fails()
    {
        var clock = new ImpatientClock();
        var failures = new Queue<Exception>(
            [new TimeoutException(), new NpgsqlException("away"), new IOException()]);
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog(
            (items, _) => items is [0] ? gate.Task
                : failures.TryDequeue(out var error) ? throw error
                : Task.CompletedTask,
            clock: clock);
        var first = log.SubmitAsync(0);
        await log.CommitBegunAsync();
        var others = log.Submit([1, 2, 3]);

        gate.SetResult();

        (await Task.WhenAll([first, .. others])).ShouldAllBe(result => result is Committed);
        log.Tried.ShouldBe([[0], [1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]);
        log.Done.ShouldBe([[0], [1, 2, 3]]);
        clock.Rests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Rests_grow_to_the_longest_and_not_beyond()
    {
        var clock = new ImpatientClock();
        var failures = 0;
        await using var log = new CommitLog(
            (_, _) => ++failures <= 50 ? throw new TimeoutException() : Task.CompletedTask,
            new GroupCommitOptions { LongestRest = TimeSpan.FromSeconds(2) },
            clock);

        (await log.SubmitAsync(1)).ShouldBe(Committed.Result);

        clock.Rests.Take(7).Select(rest => rest.TotalMilliseconds)
            .ShouldBe([50, 100, 200, 400, 800, 1_600, 2_000]);
        clock.Rests.Skip(7).ShouldAllBe(rest => rest == TimeSpan.FromSeconds(2));
        clock.Rests.Count.ShouldBe(50);
    }

    [Fact]
    public async Task A_batch_that_was_overtaken_is_tried_again_at_once()
    {
        var clock = new ImpatientClock();
        var failures = new Queue<Exception>(
            [new ConcurrencyConflictException(), Some.Error(PostgresErrorCodes.DeadlockDetected), new ConcurrencyConflictException()]);
        await using var log = new CommitLog(
            (_, _) => failures.TryDequeue(out var error) ? throw error : Task.CompletedTask, clock: clock);

        (await log.SubmitAsync(1)).ShouldBe(Committed.Result);

        log.Tried.Count.ShouldBe(4);
        clock.Rests.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_database_may_go_away_while_a_poison_is_being_isolated()
    {
        var away = new Queue<Exception>(
            [new TimeoutException(), new ConcurrencyConflictException(), new TimeoutException()]);
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog((items, _) =>
            items is [0] ? gate.Task
            : items.Count < 8 && away.TryDequeue(out var error) ? throw error
            : items.Contains(5) ? throw Some.Error(PostgresErrorCodes.CheckViolation)
            : Task.CompletedTask);
        var first = log.SubmitAsync(0);
        await log.CommitBegunAsync();
        var others = log.Submit(Enumerable.Range(1, 8));
        gate.SetResult();
        await first;

        var results = await Task.WhenAll(others);

        results.OfType<Failed>().ShouldHaveSingleItem().ShouldBe(results[4]);
        ((Failed)results[4]).Error.ShouldBeOfType<PostgresException>();
        log.Done.SelectMany(batch => batch).Order().ShouldBe([0, 1, 2, 3, 4, 6, 7, 8]);
    }

    [Fact]
    public async Task A_batch_that_is_overtaken_again_and_again_rests_in_between()
    {
        var clock = new ImpatientClock();
        var failures = 0;
        await using var log = new CommitLog(
            (_, _) => ++failures <= 8 ? throw new ConcurrencyConflictException() : Task.CompletedTask, clock: clock);

        (await log.SubmitAsync(1)).ShouldBe(Committed.Result);

        log.Tried.Count.ShouldBe(9);
        clock.Rests.Count.ShouldBe(3);
        clock.Rests.ShouldAllBe(rest => rest > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_cancellation_that_is_not_ours_is_tried_again()
    {
        var failures = 0;
        await using var log = new CommitLog(
            (_, _) => ++failures <= 2 ? throw new OperationCanceledException() : Task.CompletedTask);
        (await log.SubmitAsync(1)).ShouldBe(Committed.Result);
        log.Tried.Count.ShouldBe(3);
    }
}
