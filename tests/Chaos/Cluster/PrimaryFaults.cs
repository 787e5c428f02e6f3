namespace Reversals.Tests.Chaos;

/// <summary>The primary is lost in some way, and a standby takes over.</summary>
static class PrimaryFaults
{
    /// <summary>Longer than a worker waits for an answer to COMMIT (40 s).</summary>
    static readonly TimeSpan LongerThanAnyLimit = TimeSpan.FromSeconds(45);

    /// <summary>Until the workers have noticed, and wait.</summary>
    static readonly TimeSpan Noticed = TimeSpan.FromSeconds(4);

    /// <summary>What an impatient operator does: the commits that wait are answered with success.</summary>
    const string Cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

    internal static readonly IReadOnlyList<ClusterFault> All =
    [
        new("primary: killed", async (site, _) =>
        {
            await site.Postgres.Primary.KillAsync();
            await site.Postgres.PromoteAsync();
        }),
        new("primary: stopped at once", async (site, _) =>
        {
            await site.Postgres.Primary.StopAtOnceAsync();
            await site.Postgres.PromoteAsync();
        }),
        new("primary: switched over in order", async (site, _) =>
        {
            await site.Postgres.Primary.StopInOrderAsync();
            await site.Postgres.PromoteAsync();
        }),
        new("primary: restarted", async (site, _) =>
        {
            await site.Postgres.Primary.StopAtOnceAsync();
            await site.Postgres.Primary.StartAsync();
        }),
        new("primary: hangs, wakes when it is replaced", async (site, _) =>
        {
            site.Postgres.Primary.Hang();
            await Task.Delay(Noticed);
            await site.Postgres.PromoteAsync();
        }, (site, _) => WakeReplacedAsync(site)),
        new("primary: hangs, wakes with a standby of its own", async (site, dice) =>
        {
            // Nobody turned the other standby away: the old primary has one that confirms its commits.
            site.Postgres.Primary.Hang();
            var next = site.Standby(dice);
            await next.SqlAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
            await next.SqlAsync("SELECT pg_reload_conf()");
            await site.Postgres.PromoteAsync(next, []);
        }, async (site, _) =>
        {
            await WakeReplacedAsync(site);
            var primary = site.Postgres.Primary;
            foreach (var standby in site.Postgres.Standbys)
            {
                standby.MayDiffer = true;
            }

            await primary.SqlAsync("ALTER SYSTEM RESET synchronous_standby_names");
            await primary.SqlAsync("SELECT pg_reload_conf()");
        }),
        new("standbys: away longer than any limit, then the primary is lost", (site, _) =>
            WithoutStandbysAsync(site, () => Task.Delay(LongerThanAnyLimit))),
        new("standbys: away, then the primary is read-only and lost", (site, _) =>
            WithoutStandbysAsync(site, async () =>
            {
                await Task.Delay(Noticed);
                await site.Postgres.Primary.SqlAsync("ALTER SYSTEM SET default_transaction_read_only = on");
                await site.Postgres.Primary.SqlAsync("SELECT pg_reload_conf()");
                await Task.Delay(Noticed);
            })),
        new("standbys: away, waiting commits are cancelled, then the primary is lost", (site, _) =>
            WithoutStandbysAsync(site, async () =>
            {
                await Task.Delay(Noticed);
                await site.Postgres.Primary.SqlAsync(Cancel);
                await Task.Delay(Noticed);
            })),
        new("standbys: away, then the primary restarts and is lost", (site, _) =>
            WithoutStandbysAsync(site, async () =>
            {
                await Task.Delay(Noticed);
                await site.Postgres.Primary.StopInOrderAsync();
                await site.Postgres.Primary.StartAsync();
                await Task.Delay(2 * Noticed);
            })),
    ];

    /// <summary>No commit is confirmed any more; the primary is lost with what it committed alone.</summary>
    static async Task WithoutStandbysAsync(ClusterSite site, Func<Task> meanwhile)
    {
        foreach (var standby in site.Postgres.Standbys)
        {
            await standby.StopAtOnceAsync();
        }

        await meanwhile();
        await site.Postgres.Primary.KillAsync();
        foreach (var standby in site.Postgres.Standbys)
        {
            await standby.StartAsync();
        }

        await site.Postgres.PromoteAsync();
    }

    /// <summary>Those that were replaced go on as if no time had passed, under traffic.</summary>
    static async Task WakeReplacedAsync(ClusterSite site)
    {
        foreach (var node in site.Postgres.Standbys.Where(node => node.MayDiffer))
        {
            node.Wake();
        }

        await Task.Delay(2 * Noticed);
    }
}
