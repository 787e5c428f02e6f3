using Reversals.Processing.Outbound;

namespace Reversals.Tests.Unit;

/// <summary>Which events go out side by side, and which wait for which.</summary>
public sealed class PerBillQueueTests
{
    static readonly Guid First = Guid.CreateVersion7();
    static readonly Guid Second = Guid.CreateVersion7();

    [Fact]
    public void Events_of_a_bill_go_one_after_the_other_and_those_of_other_bills_beside_them()
    {
        var chains = new PerBillQueue([Some.Row(1, First, 7), Some.Row(2, Second, 7), Some.Row(3, Guid.CreateVersion7(), 8)]);
        Confirm(chains, most: 10).ShouldBe([1, 3]);
        Confirm(chains, most: 10).ShouldBe([2]);
        Confirm(chains, most: 10).ShouldBeEmpty();
        chains.Confirmed.ShouldBe([1, 3, 2]);
    }

    [Fact]
    public void Copies_of_an_event_go_together_and_the_next_event_of_the_bill_after_all_of_them()
    {
        var chains = new PerBillQueue(
            [.. Enumerable.Range(1, 5).Select(id => Some.Row(id, First, 7)), Some.Row(6, Second, 7), Some.Row(7, First, 7)]);
        Confirm(chains, most: 3).ShouldBe([1, 2, 3]);
        Confirm(chains, most: 3).ShouldBe([4, 5]);
        Confirm(chains, most: 3).ShouldBe([6]);
        Confirm(chains, most: 3).ShouldBe([7]);
    }

    [Fact]
    public void A_copy_that_was_not_confirmed_holds_back_what_comes_after_it_on_its_bill_alone()
    {
        var chains = new PerBillQueue(
        [
            Some.Row(1, First, 7), Some.Row(2, First, 7), Some.Row(3, First, 7), Some.Row(4, Second, 7),
            Some.Row(5, Second, 8), Some.Row(6, First, 8),
        ]);
        var wave = chains.NextBatch(10, new SizeLimit());
        wave.Select(row => row.Id).ShouldBe([1, 2, 3, 5]);
        chains.Complete(wave,
        [
            PublishOutcome.Confirmed, PublishOutcome.Unknown, PublishOutcome.Confirmed, PublishOutcome.Confirmed,
        ]).Select(row => row.Id).ShouldBe([1, 3, 5]);
        chains.Failed.ShouldBe([2, 4]);
        chains.Failures(PublishOutcome.Unknown).ShouldBe(2);
        Confirm(chains, most: 10).ShouldBe([6]);
    }

    [Fact]
    public void What_is_refused_and_what_waits_behind_it_rest_longer_than_what_nobody_has()
    {
        var chains = new PerBillQueue(
        [
            Some.Row(1, First, 7), Some.Row(2, Second, 7), Some.Row(3, Guid.CreateVersion7(), 8),
            Some.Row(4, Guid.CreateVersion7(), 9), Some.Row(5, Guid.CreateVersion7(), 10),
        ]);
        chains.Complete(chains.NextBatch(10, new SizeLimit()),
        [
            PublishOutcome.Refused, PublishOutcome.Unacceptable, PublishOutcome.Unroutable,
            PublishOutcome.Unknown,
        ]);
        chains.Refused.Select(row => row.Id).ShouldBe([1, 2, 3]);
        chains.Failed.ShouldBe([4, 5]);
    }

    [Fact]
    public void An_event_of_a_suspect_size_goes_alone_and_after_the_others()
    {
        var limit = new SizeLimit();
        limit.Refused(100);
        var chains = new PerBillQueue(
        [
            Some.Row(1, First, 7, 100), Some.Row(2, Second, 7), Some.Row(3, Guid.CreateVersion7(), 8, 99),
            Some.Row(4, Guid.CreateVersion7(), 9, 200), Some.Row(5, Guid.CreateVersion7(), 10),
        ]);
        Confirm(chains, most: 10, limit).ShouldBe([3, 5]);
        Confirm(chains, most: 10, limit).ShouldBe([1]);
        Confirm(chains, most: 10, limit).ShouldBe([2]);
        Confirm(chains, most: 10, limit).ShouldBe([4]);
        Confirm(chains, most: 10, limit).ShouldBeEmpty();
    }

    [Fact]
    public void A_size_is_suspect_from_the_smallest_that_was_refused_until_such_a_one_is_taken()
    {
        var limit = new SizeLimit();
        limit.IsSuspect(int.MaxValue - 1).ShouldBeFalse();
        limit.Refused(200);
        limit.Refused(300);
        limit.Refused(100);
        (limit.IsSuspect(99), limit.IsSuspect(100)).ShouldBe((false, true));
        limit.Taken(99);
        limit.IsSuspect(100).ShouldBeTrue();
        limit.Taken(150);
        (limit.IsSuspect(150), limit.IsSuspect(151)).ShouldBe((false, true));
    }

    [Fact]
    public void Large_events_go_in_smaller_batches_and_their_copies_too()
    {
        const int size = PerBillQueue.EnoughBytes / 4;
        var chains = new PerBillQueue(
        [
            .. Enumerable.Range(1, 6).Select(id => Some.Row(id, bill: id, size: size)),
            .. Enumerable.Range(7, 6).Select(id => Some.Row(id, First, 7, size)),
        ]);
        Confirm(chains, most: 100).ShouldBe([1, 2, 3, 4]);
        Confirm(chains, most: 100).ShouldBe([5, 6, 7, 8]);
        Confirm(chains, most: 100).ShouldBe([9, 10, 11, 12]);
        Confirm(chains, most: 100).ShouldBeEmpty();
    }

    [Fact]
    public void An_event_larger_than_a_batch_should_be_goes_alone()
    {
        var chains = new PerBillQueue(
            [Some.Row(1, size: 2 * PerBillQueue.EnoughBytes), Some.Row(2, size: 2 * PerBillQueue.EnoughBytes)]);
        Confirm(chains, most: 100).ShouldBe([1]);
        Confirm(chains, most: 100).ShouldBe([2]);
    }

    static IEnumerable<long> Confirm(PerBillQueue chains, int most, SizeLimit? limit = null)
    {
        var wave = chains.NextBatch(most, limit ?? new SizeLimit());
        return chains.Complete(wave, [.. wave.Select(_ => PublishOutcome.Confirmed)]).Select(row => row.Id);
    }
}
