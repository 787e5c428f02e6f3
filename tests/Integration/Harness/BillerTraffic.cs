using System.Diagnostics;
using Npgsql;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A biller that is busy for ten seconds while its payments are reversed, on bills 1 to 20.</summary>
sealed class BillerTraffic(Sandbox box, Roles roles, Books books)
{
    internal const int Bills = 20;
    const int Programs = 6;
    static readonly TimeSpan While = TimeSpan.FromSeconds(10);

    int _payments;
    int _requests;

    /// <summary>Pays this many cents on a bill, under this payment_ref.</summary>
    internal required Func<long, string, long, Task> PayAsync { get; init; }

    /// <summary>Gives a bill another name.</summary>
    internal required Func<long, string, Task> RenameAsync { get; init; }

    /// <summary>
    /// Runs it. Every request gets its reversal, nobody is chosen as the victim of a deadlock, running roles.sql
    /// twice in between stops nothing, and the books agree afterwards.
    /// </summary>
    internal async Task RunAsync()
    {
        await box.StartWorkerAsync(2);
        var since = Stopwatch.StartNew();
        await Task.WhenAll(
        [
            .. Enumerable.Range(1, Programs).Select(program => WorkAsync(program, since)),
            GrantAsync(since, While / 3), GrantAsync(since, While * 2 / 3),
        ]);
        _payments.ShouldBeGreaterThan(500);
        (await box.HearEachAsync(_requests, seconds: 60)).ShouldAllBe(
            heard => heard.Reason == "REVERSED" || heard.Reason == "PARTIALLY_REVERSED");

        await box.NothingIsLeftAsync();
        LogCapture.Text.ShouldNotContain(PostgresErrorCodes.DeadlockDetected);
        (await books.NumberAsync(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")).ShouldBe(0);
        (await books.CountAsync("billing.payment")).ShouldBe(_payments);
        (await books.CountAsync("reversals.reversal")).ShouldBe(_requests);
        (await VerbRun.OfAsync(box.Settings, "reconcile")).ShouldEndWith(0);
    }

    async Task WorkAsync(int program, Stopwatch since)
    {
        for (var n = 1; since.Elapsed < While; n++)
        {
            var bill = ((program * 7) + (n * 13)) % Bills + 1;
            var paymentRef = $"P{program}-{n}";
            await PayAsync(bill, paymentRef, 100);
            Interlocked.Increment(ref _payments);
            if (n % 2 == 0)
            {
                await box.Upstream.SendAsync(
                    Some.Request(paymentRef, $"request-{paymentRef}", n % 4 == 0 ? 0.40m : null));
                Interlocked.Increment(ref _requests);
            }

            if (n % 3 == 0)
            {
                await RenameAsync(((program * 3) + (n * 11)) % Bills + 1, $"SPP {paymentRef}");
            }
        }
    }

    async Task GrantAsync(Stopwatch since, TimeSpan after)
    {
        await Until.TrueAsync(() => since.Elapsed > after, "it is time for roles.sql");
        await roles.GrantAsync();
    }
}
