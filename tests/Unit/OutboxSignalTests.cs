namespace Reversals.Tests.Unit;

/// <summary>Rows on their way from a commit to the relay.</summary>
public sealed class OutboxSignalTests
{
    static readonly Lease Lease = new(Guid.CreateVersion7(Some.Now), TimeSpan.FromSeconds(10));

    [Fact]
    public void Rows_come_out_in_order_and_no_commits_more_than_are_enough()
    {
        using var signal = new RelayHandoff(TimeProvider.System);
        signal.HandOver([Some.Row(1), Some.Row(2)], since: 5);
        signal.HandOver([Some.Row(3)], since: 6);
        signal.Take(2, notBefore: 5).Select(row => row.Id).ShouldBe([1, 2]);
        signal.Take(2, notBefore: 5).Select(row => row.Id).ShouldBe([3]);
        signal.Take(2, notBefore: 5).ShouldBeEmpty();
    }

    /// <summary>When the first event of a bill fails, the second must be there to fail with it.</summary>
    [Fact]
    public void What_one_commit_hands_over_is_taken_together()
    {
        using var signal = new RelayHandoff(TimeProvider.System);
        signal.HandOver([Some.Row(1), Some.Row(2), Some.Row(3)], since: 5);
        signal.Take(1, notBefore: 5).Select(row => row.Id).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Rows_whose_lease_is_too_old_are_left_to_whoever_claims_them()
    {
        using var signal = new RelayHandoff(TimeProvider.System);
        signal.HandOver([Some.Row(1)], since: 4);
        signal.HandOver([Some.Row(2)], since: 5);
        signal.Take(10, notBefore: 5).Select(row => row.Id).ShouldBe([2]);
    }

    [Fact]
    public void What_was_left_behind_is_told_once_however_many_commits_left_it()
    {
        using var signal = new RelayHandoff(TimeProvider.System);
        signal.TakeLeftBehind().ShouldBeFalse();
        signal.LeaveBehind();
        signal.LeaveBehind();
        signal.TakeLeftBehind().ShouldBeTrue();
        signal.TakeLeftBehind().ShouldBeFalse();
    }

    [Fact]
    public void Nothing_is_leased_while_the_relay_cannot_publish_or_has_enough_in_hand()
    {
        using var signal = new RelayHandoff(TimeProvider.System);
        signal.Lease.ShouldBeNull();
        signal.Offer(Lease);
        signal.Lease.ShouldBe(Lease);
        signal.HandOver([.. Enumerable.Range(1, 2_000).Select(id => Some.Row(id))], since: 0);
        signal.Lease.ShouldBeNull();
        signal.Take(1, notBefore: 0);
        signal.Lease.ShouldBe(Lease);
        signal.Offer(lease: null);
        signal.Lease.ShouldBeNull();
    }

    /// <summary>Or the second event of a bill could be leased, and published, before the first.</summary>
    [Fact]
    public void All_events_of_a_commit_get_the_same_lease_whatever_is_offered_meanwhile()
    {
        using var signals = new RelayHandoffs(TimeProvider.System);
        var none = signals.Leases();
        signals[PaymentReversed.Kind].Offer(Lease);
        none[PaymentReversed.Kind].ShouldBeNull();
        var some = signals.Leases();
        signals[PaymentReversed.Kind].Offer(lease: null);
        some[PaymentReversed.Kind].ShouldBe(Lease);
        some[ReversalRejected.Kind].ShouldBeNull();
    }

    [Fact]
    public void Why_events_stay_is_told_until_some_are_taken_or_its_time_is_over()
    {
        var clock = new HandClock();
        using var handoffs = new RelayHandoffs(clock);
        handoffs.Problem.ShouldBeNull();
        handoffs[PaymentReversed.Kind].Block("nobody is bound", TimeSpan.FromMinutes(4));
        clock.Pass(239);
        handoffs.Problem.ShouldBe("nobody is bound");
        clock.Pass(1);
        handoffs.Problem.ShouldBeNull("by now another worker may have published them");

        handoffs[ReversalRejected.Kind].Block("a queue is full", TimeSpan.FromMinutes(4));
        handoffs.Problem.ShouldBe("a queue is full");
        handoffs[PaymentReversed.Kind].Unblock();
        handoffs.Problem.ShouldBe("a queue is full", "that of the other kind is not over");
        handoffs[ReversalRejected.Kind].Unblock();
        handoffs.Problem.ShouldBeNull();
    }
}
