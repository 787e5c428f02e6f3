namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// Which payment the next request is for: each one once, the bills scattered, and as many requests as wanted on
/// a bill that had one so many requests before.
/// </summary>
sealed class PaymentOrder(Shape shape)
{
    /// <summary>So many requests earlier a bill had one, when it comes again.</summary>
    internal const int Distance = 100;

    /// <summary>A prime above any number of bills: stepping by it visits them all, scattered.</summary>
    const long Step = 2_654_435_761;

    /// <summary>Bills that can be asked for, counted from that of the newest payment.</summary>
    readonly long _bills = Math.Min(shape.Bills, shape.Asked);

    /// <summary>Payments that were asked for, by bill.</summary>
    readonly ushort[] _taken = new ushort[Math.Min(shape.Bills, shape.Asked)];

    readonly long[] _lately = new long[Distance];
    long _fresh;
    long _count;

    /// <param name="sameBill">
    /// Percent of requests on a bill that came before; 0: a bill comes again when all others had their turn.
    /// </param>
    internal long Next(int sameBill)
    {
        var place = _count++ % Distance;
        // Steps of the golden ratio: evenly spread, and with half of them no bill comes again for ever.
        var turn = _count * 0.6180339887498949 % 1;
        var bill = _lately[place];
        if (_count <= Distance || 100 * turn >= sameBill || !HasMore(bill))
        {
            do
            {
                bill = _fresh++ * Step % _bills;
            }
            while (!HasMore(bill));
        }

        _lately[place] = bill;
        return shape.Payments - bill - (_taken[bill]++ * _bills);
    }

    /// <summary>Counted from the newest payment, those of a bill are as far apart as there are bills.</summary>
    bool HasMore(long bill) => bill + (_taken[bill] * _bills) < shape.Asked;
}
