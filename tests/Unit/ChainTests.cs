using Reversals.Worker.Outbound;
using Reversals.Worker.Storage;
using Shouldly;
using Xunit;

namespace Reversals.Tests.Unit;

/// <summary>Which events go out side by side, and which wait for which.</summary>
public sealed class ChainTests
{
    static readonly Guid First = Guid.CreateVersion7();
    static readonly Guid Second = Guid.CreateVersion7();

    [Fact]
    public void Events_of_a_bill_go_one_after_the_other_and_those_of_other_bills_beside_them()
    {
        var chains = new Chains([Row(1, First, 7), Row(2, Second, 7), Row(3, Guid.CreateVersion7(), 8)]);
        Confirm(chains, most: 10).ShouldBe([1, 3]);
        Confirm(chains, most: 10).ShouldBe([2]);
        Confirm(chains, most: 10).ShouldBeEmpty();
        chains.Confirmed.ShouldBe([1, 3, 2]);
    }

    [Fact]
    public void Copies_of_an_event_go_together_and_the_next_event_of_the_bill_after_all_of_them()
    {
        var chains = new Chains(
            [.. Enumerable.Range(1, 5).Select(id => Row(id, First, 7)), Row(6, Second, 7), Row(7, First, 7)]);
        Confirm(chains, most: 3).ShouldBe([1, 2, 3]);
        Confirm(chains, most: 3).ShouldBe([4, 5]);
        Confirm(chains, most: 3).ShouldBe([6]);
        Confirm(chains, most: 3).ShouldBe([7]);
    }

    [Fact]
    public void A_copy_that_was_not_confirmed_holds_back_what_comes_after_it_on_its_bill_alone()
    {
        var chains = new Chains(
        [
            Row(1, First, 7), Row(2, First, 7), Row(3, First, 7), Row(4, Second, 7),
            Row(5, Second, 8), Row(6, First, 8),
        ]);
        var wave = chains.NextWave(10);
        wave.Select(row => row.Id).ShouldBe([1, 2, 3, 5]);
        chains.Settle(wave,
        [
            PublishOutcome.Confirmed, PublishOutcome.Unknown, PublishOutcome.Confirmed, PublishOutcome.Confirmed,
        ]).Select(row => row.Id).ShouldBe([1, 3, 5]);
        chains.Failed.ShouldBe([2, 4]);
        chains.Failures(PublishOutcome.Unknown).ShouldBe(2);
        Confirm(chains, most: 10).ShouldBe([6]);
    }

    static IEnumerable<long> Confirm(Chains chains, int most)
    {
        var wave = chains.NextWave(most);
        return chains.Settle(wave, [.. wave.Select(_ => PublishOutcome.Confirmed)]).Select(row => row.Id);
    }

    static OutboxRow Row(long id, Guid eventId, long bill) => new()
    {
        Id = id,
        EventId = eventId,
        BillId = bill,
        Replayed = false,
        ClientId = "acme",
        Body = [],
        Since = DateTime.UnixEpoch,
    };
}
