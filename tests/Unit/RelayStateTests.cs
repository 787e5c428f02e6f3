using Reversals.Processing.Outbound;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Unit;

/// <summary>What a relay does after what.</summary>
public sealed class RelayStateTests
{
    static readonly Guid Lease = Guid.CreateVersion7(Some.Now);

    static readonly Completion Earlier = new() { LeaseId = Lease, Confirmed = [1], Failed = [2] };

    [Fact]
    public void Rows_that_are_handed_over_are_published_without_a_claim()
    {
        var connected = new Disconnected { ToComplete = Earlier }.Connect();
        var publishing = connected.Take([Some.Row(7)], claims: false).ShouldBeOfType<Publishing>();
        publishing.Rows.Select(row => row.Id).ShouldBe([7]);
        publishing.ToComplete.ShouldBe(Earlier);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void Without_rows_or_when_it_is_time_the_relay_claims_and_completes(int handedOver, bool claims)
    {
        OutboxRow[] rows = [.. Enumerable.Range(7, handedOver).Select(id => Some.Row(id))];
        var claiming = new Connected { ToComplete = Earlier }.Take(rows, claims).ShouldBeOfType<Claiming>();
        claiming.HandedOver.ShouldBe(rows);
        claiming.ToComplete.ShouldBe(Earlier);
    }

    [Fact]
    public void A_claim_has_completed_what_was_to_complete()
    {
        var claiming = new Claiming([]) { ToComplete = Earlier };
        claiming.Claim([Some.Row(7)], keepsHandedOver: true)
            .ShouldBeOfType<Publishing>().ToComplete.ShouldBeNull();
        claiming.Claim([], keepsHandedOver: true).ShouldBe(new Idle());
    }

    [Theory]
    [InlineData(true, new long[] { 7, 8 })]
    [InlineData(false, new long[] { 8 })]
    public void What_was_handed_over_is_published_before_what_was_claimed_while_its_lease_is_young(
        bool keepsHandedOver, long[] published) =>
        new Claiming([Some.Row(7)]).Claim([Some.Row(8)], keepsHandedOver)
            .ShouldBeOfType<Publishing>().Rows.Select(row => row.Id).ShouldBe(published);

    [Fact]
    public void What_was_published_is_completed_later_together_with_what_was_before()
    {
        var next = new Publishing([Some.Row(7), Some.Row(8)]) { ToComplete = Earlier }
            .Publish(new Published(Done(confirmed: [7], refused: [new RefusedRow(8, 3)]), IsConnectionLost: false));
        var toComplete = next.ShouldBeOfType<Connected>().ToComplete.ShouldNotBeNull();
        toComplete.Confirmed.ShouldBe([1, 7]);
        toComplete.Failed.ShouldBe([2]);
        toComplete.Refused.ShouldBe([new RefusedRow(8, 3)]);
    }

    [Fact]
    public void Some_answers_and_a_lost_connection_mean_a_new_one_at_once() =>
        new Publishing([Some.Row(7), Some.Row(8)])
            .Publish(new Published(Done(confirmed: [7], failed: [8]), IsConnectionLost: true))
            .ShouldBeOfType<Disconnected>().ToComplete!.Failed.ShouldBe([8]);

    [Theory]
    [Each(false, true)]
    public void Without_any_answer_the_relay_completes_and_backs_off(bool isConnectionLost)
    {
        var next = new Publishing([Some.Row(7)])
            .Publish(new Published(Done(failed: [7]), isConnectionLost)).ShouldBeOfType<BackingOff>();
        next.Completes.ShouldBeTrue();
        next.ToComplete!.Failed.ShouldBe([7]);
        var after = next.Complete();
        after.ToComplete.ShouldBeNull();
        after.Wake(isStopping: false).ShouldBe(isConnectionLost ? new Disconnected() : new Connected());
    }

    [Fact]
    public void A_failure_gives_back_what_was_in_hand_and_forgets_nothing_that_was_published()
    {
        foreach (var state in (RelayState[])
        [
            new Claiming([Some.Row(7)]) { ToComplete = Earlier },
            new Publishing([Some.Row(7)]) { ToComplete = Earlier },
        ])
        {
            var next = state.Failed(Lease);
            next.Completes.ShouldBeFalse("the servers are not well");
            next.ToComplete!.Confirmed.ShouldBe([1]);
            next.ToComplete.Failed.ShouldBe([2, 7]);
            next.Wake(isStopping: false).ShouldBeOfType<Disconnected>().ToComplete.ShouldBe(next.ToComplete);
        }
    }

    [Fact]
    public void A_failure_with_empty_hands_keeps_what_is_to_complete()
    {
        new Disconnected { ToComplete = Earlier }.Failed(Lease).ToComplete.ShouldBe(Earlier);
        new Connected().Failed(Lease).ToComplete.ShouldBeNull();
    }

    [Fact]
    public void A_relay_stops_when_nothing_is_left_or_while_it_backs_off_and_keeps_the_last_completion()
    {
        new Idle().Wake(isStopping: true).ShouldBe(new Stopped());
        new Idle().Wake(isStopping: false).ShouldBe(new Connected());
        new BackingOff(Completes: false, IsConnected: false) { ToComplete = Earlier }
            .Wake(isStopping: true).ShouldBe(new Stopped { ToComplete = Earlier });
    }

    [Fact]
    public void What_failed_rests_and_what_was_refused_backs_off_longer_with_each_attempt()
    {
        var second = TimeSpan.FromSeconds(1);
        Done(failed: [7], refused: [new RefusedRow(8, 1), new RefusedRow(9, 3), new RefusedRow(10, 30)])
            .Delayed(new RetryDelays(TimeSpan.Zero, new Backoff(second, 10 * second)))
            .ShouldBe([(7, TimeSpan.Zero), (8, second), (9, 4 * second), (10, 10 * second)]);
    }

    static Completion Done(
        long[]? confirmed = null, long[]? failed = null, RefusedRow[]? refused = null) => new()
    {
        LeaseId = Lease, Confirmed = confirmed ?? [], Failed = failed ?? [], Refused = refused ?? [],
    };
}
