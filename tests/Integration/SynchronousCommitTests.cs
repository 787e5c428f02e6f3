using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Watching;

namespace Reversals.Tests.Integration;

/// <summary>What a commit is worth while the synchronous standby is away.</summary>
public sealed class SynchronousCommitTests : IAsyncLifetime
{
    static readonly RetryDelays NoBackoff = new(TimeSpan.Zero, default);

    PostgresPair _pair = null!;
    Books _books = null!;
    PostgresServers _database = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await PostgresPair.StartAsync();
        _books = new Books(_pair.Primary);
        _database = Database.Open(
            new NpgsqlConnectionStringBuilder(_pair.Primary) { Pooling = true }.ConnectionString,
            NullLoggerFactory.Instance);
        await _books.RunAsync(
            """
            CREATE TABLE public.kept (number int);
            INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
            VALUES ('00000000-0000-0000-0000-000000000001', 'payment.reversal', 'acme', 'SUCCESS', 'REVERSED',
                '{}', now());
            INSERT INTO reversals.outbox (kind, event_id, replayed, held_until, attempts)
            VALUES ('payment.reversal', '00000000-0000-0000-0000-000000000001', false, '-infinity', 0)
            """);
        await _pair.StopAsync(_pair.StandbyPort, "fast");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _database.DisposeAsync();
        await _books.DisposeAsync();
        await _pair.DisposeAsync();
    }

    [Fact]
    public async Task Who_gives_up_a_commit_cancels_nothing_and_it_stands_once_the_standby_is_there()
    {
        using var giveUp = new CancellationTokenSource();
        var committing = CommitAsync(giveUp.Token);
        await WaitsAsync();

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(committing);
        (await _pair.WaitingForStandbyAsync()).ShouldBe(1, "the server waits on");
        (await _books.CountAsync("public.kept")).ShouldBe(0, "so nobody sees it");
        await _pair.StartAsync(_pair.StandbyPort);
        await Until.TrueAsync(async () => await _books.CountAsync("public.kept") == 1, "it stands");
        await CommitAsync(Stop);
        (await _books.CountAsync("public.kept")).ShouldBe(2);
    }

    [Fact]
    public async Task A_commit_whose_wait_for_the_standby_was_cancelled_does_not_count()
    {
        var committing = CommitAsync(Stop);
        await WaitsAsync();

        await CancelWaitAsync();

        var error = await Should.ThrowAsync<OutcomeUnknownException>(committing);
        error.Message.ShouldContain("01000");
        Faults.Classify(error).ShouldBe(Fault.Transient);
        (await _books.CountAsync("public.kept")).ShouldBe(1, "it is there, but only here");
    }

    [Fact]
    public async Task Nothing_that_was_claimed_is_handed_out_before_the_standby_has_it()
    {
        var outbox = new Outbox(_database);
        var lease = new Lease(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), TimeSpan.FromMinutes(1));
        var claiming = outbox.CompleteAndClaimAsync(
            PaymentReversed.Kind, completion: null, NoBackoff, lease, limit: 10, from: 0, Stop);
        await WaitsAsync();
        await CancelWaitAsync();
        await Should.ThrowAsync<OutcomeUnknownException>(claiming);

        // What takes nothing, and what only makes a copy of an event more or less likely, waits for nobody.
        (await outbox.CompleteAndClaimAsync(
            ReversalRejected.Kind, completion: null, NoBackoff, lease, limit: 10, from: 0, Stop))
            .ShouldBeEmpty();
        (await outbox.RenewAsync(PaymentReversed.Kind, [1], lease, Stop)).ShouldBeTrue();
        await outbox.CompleteAsync(
            PaymentReversed.Kind, new Completion { LeaseId = lease.Id, Confirmed = [1], Failed = [], Refused = [] },
            NoBackoff, Stop);
        (await _books.CountAsync("reversals.outbox")).ShouldBe(0);
    }

    [Fact]
    public async Task The_probe_writes_and_says_that_the_standby_is_away_without_leaving_more_commits_waiting()
    {
        var options = new WorkerOptions
        {
            ConnectionStrings = new ConnectionStringOptions { Postgres = _pair.Primary },
        };
        var probe = new DatabaseReadinessCheck(_database, options, TimeProvider.System);
        // On a busy machine a look may be given up before it has come so far that its commit waits.
        await Until.TrueAsync(
            async () => (await probe.ProblemAsync(Stop)).ShouldNotBeNull()
                .Contains("synchronous standby", StringComparison.Ordinal),
            "it says what is away");
        for (var look = 0; look < 5; look++)
        {
            (await probe.ProblemAsync(Stop)).ShouldNotBeNull();
        }

        (await _pair.WaitingForStandbyAsync()).ShouldBeLessThanOrEqualTo(
            2, "a second one only if the first was still on its way to the wait");
        await _pair.StartAsync(_pair.StandbyPort);
        await Until.TrueAsync(async () => await probe.ProblemAsync(Stop) is null, "it can commit");
    }

    async Task CommitAsync(CancellationToken giveUp)
    {
        await using var session = await CommitSession.OpenAsync(_database, Stop);
        await session.BeginAsync(Stop);
        session.Batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO public.kept VALUES (1)"));
        await session.CommitAsync(giveUp);
    }

    Task WaitsAsync() => Until.TrueAsync(
        async () => await _pair.WaitingForStandbyAsync() == 1, "the commit waits for the standby");

    Task CancelWaitAsync() => _books.RunAsync(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
}
