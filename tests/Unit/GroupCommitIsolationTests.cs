namespace Reversals.Tests.Unit;

/// <summary>One item for which the server seems to fail, while it serves all others.</summary>
public sealed class GroupCommitIsolationTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public static TheoryData<string> OfOneMessage { get; } =
    [
        PostgresErrorCodes.UndefinedTable, PostgresErrorCodes.InsufficientPrivilege,
        PostgresErrorCodes.QueryCanceled, PostgresErrorCodes.DiskFull, PostgresErrorCodes.OutOfMemory,
        PostgresErrorCodes.ReadOnlySqlTransaction, PostgresErrorCodes.InternalError, PostgresErrorCodes.IoError,
        PostgresErrorCodes.ObjectInUse, PostgresErrorCodes.SerializationFailure,
        PostgresErrorCodes.DeadlockDetected,
    ];

    [Theory]
    [MemberData(nameof(OfOneMessage))]
    public async Task Who_fails_while_real_writes_succeed_is_found_and_its_neighbours_are_done(string state)
    {
        var writes = 0;
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog(
            (items, _) => items is [-1] ? gate.Task
                : items.Contains(5) ? throw Some.Error(state)
                : Task.CompletedTask,
            isolation: CanCommit(() => ++writes > 0));

        var results = await log.CommitTogetherAsync(gate, 20);

        results.Index().Where(one => one.Item is Failed).Select(one => one.Index).ShouldBe([5]);
        results[5].ShouldBeOfType<Failed>().Error.ShouldBeOfType<PostgresException>().SqlState.ShouldBe(state);
        log.Done.SelectMany(batch => batch).Where(item => item >= 0).Order()
            .ShouldBe(Enumerable.Range(0, 20).Where(item => item != 5));
        writes.ShouldBeGreaterThanOrEqualTo(3, "a real write between each two failures");
        log.Stall.SetAside.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(OfOneMessage))]
    public async Task Nobody_is_blamed_while_no_write_succeeds(string state)
    {
        var failures = 0;
        await using var log = new CommitLog(
            (_, _) => ++failures <= 30 ? throw Some.Error(state) : Task.CompletedTask,
            isolation: CanCommit(() => false));
        (await Task.WhenAll(log.Submit([1, 2, 3]))).ShouldAllBe(result => result is Committed);
    }

    /// <summary>The outage ends between a failure and the write that is to prove the failure.</summary>
    [Fact]
    public async Task An_outage_that_comes_and_goes_blames_nobody()
    {
        var (failures, writes) = (0, 0);
        await using var log = new CommitLog(
            (_, _) => ++failures <= 40 ? throw Some.Error(PostgresErrorCodes.DiskFull) : Task.CompletedTask,
            isolation: CanCommit(() => ++writes % 3 != 0));
        (await log.SubmitAsync(1)).ShouldBe(Committed.Result);
        writes.ShouldBeGreaterThan(3);
    }

    [Theory]
    [Each(
        PostgresErrorCodes.ConnectionFailure, PostgresErrorCodes.AdminShutdown,
        PostgresErrorCodes.CannotConnectNow, PostgresErrorCodes.TooManyConnections,
        PostgresErrorCodes.InvalidPassword, PostgresErrorCodes.InvalidCatalogName,
        PostgresErrorCodes.InvalidSqlStatementName, "")]
    public async Task What_is_wrong_with_the_connection_is_never_held_against_an_item(string state)
    {
        var failures = 0;
        await using var log = new CommitLog(
            (_, _) => ++failures > 30 ? Task.CompletedTask
                : throw (state.Length == 0 ? new NpgsqlException("away", new IOException()) : Some.Error(state)),
            isolation: CanCommit(() => true));
        (await Task.WhenAll(log.Submit([1, 2]))).ShouldAllBe(result => result is Committed);
    }

    [Fact]
    public async Task A_batch_that_failed_once_is_tried_again_whole()
    {
        var failures = 0;
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog(
            (items, _) => items is [-1] ? gate.Task
                : ++failures <= 1 ? throw Some.Error(PostgresErrorCodes.UndefinedTable)
                : Task.CompletedTask,
            isolation: CanCommit(() => true));

        (await log.CommitTogetherAsync(gate, 4)).ShouldAllBe(result => result is Committed);
        log.Done.ShouldBe([[-1], [0, 1, 2, 3]]);
    }

    [Fact]
    public async Task A_slow_item_does_not_keep_later_ones_waiting()
    {
        var slow = new TaskCompletionSource();
        await using var log = new CommitLog(
            (items, _) => items.Contains(1) ? throw Some.Error(PostgresErrorCodes.QueryCanceled) : Task.CompletedTask,
            isolation: CanCommit(() => true),
            alone: (_, _) => slow.Task);
        var first = log.SubmitAsync(1);

        (await log.SubmitAsync(2)).ShouldBe(Committed.Result);
        first.IsCompleted.ShouldBeFalse();
        slow.SetResult();
        (await first).ShouldBe(Committed.Result);
    }

    [Fact]
    public async Task One_slow_item_costs_a_full_batch_five_time_limits()
    {
        var timeouts = 0;
        var gate = new TaskCompletionSource();
        await using var log = new CommitLog(
            (items, _) => items is [-1] ? gate.Task
                : !items.Contains(333) ? Task.CompletedTask
                : ++timeouts > 0 ? throw Some.Error(PostgresErrorCodes.QueryCanceled) : Task.CompletedTask,
            isolation: CanCommit(() => true),
            alone: (_, _) => Task.CompletedTask);

        (await log.CommitTogetherAsync(gate, 500)).ShouldAllBe(result => result is Committed);
        timeouts.ShouldBe(5);
    }

    [Fact]
    public async Task A_suspect_whose_fault_turns_out_to_be_its_data_fails_at_once()
    {
        await using var log = new CommitLog(
            (_, _) => throw Some.Error(PostgresErrorCodes.QueryCanceled),
            isolation: CanCommit(() => true),
            alone: (_, _) => throw Some.Error(PostgresErrorCodes.CheckViolation));
        (await log.SubmitAsync(1)).ShouldBeOfType<Failed>().Error.ShouldBeOfType<PostgresException>()
            .SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
    }

    [Theory]
    [Each(false, true)]
    public async Task Suspects_are_given_back_with_the_others_and_at_the_stop(bool stop)
    {
        using var begun = new SemaphoreSlim(0);
        await using var log = new CommitLog(
            (_, _) => throw Some.Error(PostgresErrorCodes.QueryCanceled),
            isolation: CanCommit(() => true),
            alone: (_, giveUp) =>
            {
                begun.Release();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, giveUp);
            });
        var submitted = log.SubmitAsync(1);
        (await begun.WaitAsync(Deadline, TestContext.Current.CancellationToken)).ShouldBeTrue();

        await (stop ? log.StopAsync() : GiveBackAsync(log));

        await Should.ThrowAsync<OperationCanceledException>(submitted);
        log.Stall.SetAside.ShouldBe(0);
    }

    [Fact]
    public async Task What_has_nowhere_else_to_go_is_tried_until_it_succeeds_and_the_others_go_on()
    {
        var refused = true;
        await using var log = new CommitLog(
            (items, _) => items.Contains(1) && Volatile.Read(ref refused)
                ? throw Some.Error(PostgresErrorCodes.CheckViolation)
                : Task.CompletedTask,
            clock: TimeProvider.System,
            isolation: new IsolationOptions { KeepsWhatFails = true });
        var first = log.SubmitAsync(1);
        await SetAsideAsync(log);

        (await log.SubmitAsync(2)).ShouldBe(Committed.Result);
        log.Stall.SetAsideFor.ShouldBeGreaterThan(TimeSpan.Zero);
        log.Stall.LastSetAside.ShouldBeOfType<PostgresException>();
        first.IsCompleted.ShouldBeFalse();

        Volatile.Write(ref refused, false);
        (await first).ShouldBe(Committed.Result);
        log.Stall.SetAsideFor.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task What_has_nowhere_else_to_go_rests_between_two_tries()
    {
        var clock = new ImpatientClock();
        var tries = 0;
        await using var log = new CommitLog(
            (_, _) => ++tries <= 12 ? throw Some.Error(PostgresErrorCodes.UntranslatableCharacter) : Task.CompletedTask,
            clock: clock,
            isolation: new IsolationOptions { KeepsWhatFails = true });

        (await log.SubmitAsync(1)).ShouldBe(Committed.Result);

        clock.Rests.Count.ShouldBe(11);
        clock.Rests[^1].ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task What_has_nowhere_else_to_go_goes_back_to_its_sender_at_the_end()
    {
        await using var log = new CommitLog(
            (_, _) => throw Some.Error(PostgresErrorCodes.CheckViolation),
            clock: TimeProvider.System,
            isolation: new IsolationOptions { KeepsWhatFails = true });
        var submitted = log.SubmitAsync(1);
        await SetAsideAsync(log);

        log.Complete();

        await Should.ThrowAsync<OperationCanceledException>(submitted);
        await log.EndedAsync();
    }

    static IsolationOptions CanCommit(Func<bool> write) =>
        new() { CanCommitAsync = _ => Task.FromResult(write()) };

    static Task GiveBackAsync(CommitLog log)
    {
        log.GiveBack();
        return Task.CompletedTask;
    }

    static async Task SetAsideAsync(CommitLog log)
    {
        using var late = new CancellationTokenSource(Deadline);
        while (log.Stall.SetAside == 0)
        {
            await Task.Delay(1, late.Token);
        }
    }
}
