using Reversals.Tests.Benchmarks.Load;

namespace Reversals.Tests.Unit;

/// <summary>Which payments the benchmark asks for: how often a bill comes again is a setting, no accident.</summary>
public sealed class BenchPaymentOrderTests
{
    static readonly Shape Usual = new() { Bills = 1_000, Payments = 20_300 };

    [Theory]
    [Each(0, 30, 50, 100)]
    public void Each_payment_has_its_turn_once(int sameBill) =>
        Payments(Usual, sameBill, count: 20_300).Order().ShouldBe(Enumerable.Range(1, 20_300).Select(id => (long)id));

    [Fact]
    public void Of_those_asked_for_lately_each_has_its_turn_and_no_other() =>
        Payments(Usual with { Recent = 700 }, sameBill: 50, count: 700).Order()
            .ShouldBe(Enumerable.Range(19_601, 700).Select(id => (long)id));

    [Fact]
    public void With_none_a_bill_comes_again_when_all_others_had_their_turn()
    {
        var bills = Bills(sameBill: 0);

        Enumerable.Range(0, 19).ShouldAllBe(turn =>
            bills.Skip(turn * 1_000).Take(1_000).Distinct().Count() == 1_000);
    }

    [Theory]
    [Each(20, 50, 80)]
    public void So_many_of_a_hundred_are_on_the_bill_of_the_hundredth_before_and_no_others_on_a_late_one(int sameBill)
    {
        var bills = Bills(sameBill);
        var places = Enumerable.Range(100, 10_000).ToArray();

        var again = places.Count(place => bills[place] == bills[place - 100]);
        var soon = places.Count(place => Array.IndexOf(bills, bills[place], place - 99, 99) >= 0);

        (100.0 * again / places.Length).ShouldBe(sameBill, tolerance: 1);
        soon.ShouldBe(0);
    }

    static long[] Bills(int sameBill) =>
        [.. Payments(Usual, sameBill, count: 19_000).Select(Usual.BillOf)];

    static IEnumerable<long> Payments(Shape shape, int sameBill, int count)
    {
        var order = new PaymentOrder(shape);
        return [.. Enumerable.Range(0, count).Select(_ => order.Next(sameBill))];
    }
}
