namespace Reversals.Tests.Benchmarks.Load;

/// <summary>What stands in the database before a run, and what kinds of requests are sent.</summary>
sealed record Shape
{
    /// <summary>Client of every seeded bill and every request.</summary>
    internal const string Client = "bench";

    /// <summary>
    /// The client's key, made anew for each run of the program; children get it by environment.
    /// </summary>
    internal static readonly string Key = Guid.CreateVersion7().ToString("N");

    /// <summary>First six digits of every VA number.</summary>
    internal const string Prefix = "857399";

    /// <summary>What every payment paid and every request takes back, in IDR.</summary>
    internal const int Amount = 10_000;

    /// <summary>Bills.</summary>
    public required long Bills { get; init; }

    /// <summary>Payments, spread evenly over the bills.</summary>
    public required long Payments { get; init; }

    /// <summary>All payments are on bill 1, an open one.</summary>
    public bool Hot { get; init; }

    /// <summary>Reversals of another client that stand there already, with their events.</summary>
    public long Past { get; init; }

    /// <summary>The requests are for so many payments, the newest; 0: for all.</summary>
    public long Recent { get; init; }

    /// <summary>Payments that requests are for.</summary>
    internal long Asked => Recent == 0 ? Payments : Math.Min(Recent, Payments);

    /// <summary>Percent of the messages that are an earlier one sent again.</summary>
    public int Duplicates { get; init; }

    /// <summary>
    /// Percent of the messages that must be refused: half ask for too much, half for no payment.
    /// </summary>
    public int Rejections { get; init; }

    /// <summary>Percent of the requests on a bill that had one a hundred requests before.</summary>
    public int SameBill { get; init; }

    /// <summary>The bill of a payment.</summary>
    internal long BillOf(long payment) => Hot ? 1 : ((payment - 1) % Bills) + 1;
}
