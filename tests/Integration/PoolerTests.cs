using System.Text.RegularExpressions;

namespace Reversals.Tests.Integration;

/// <summary>
/// PgBouncer between the worker and PostgreSQL: it is refused with what to do, and right once that is done.
/// </summary>
public sealed partial class PoolerTests(Servers servers) : ServerTest(servers)
{
    const string Dropped = "options, extra_float_digits";

    [Fact]
    public async Task In_session_mode_it_works_once_the_role_has_the_settings()
    {
        await using var pooler = await StartAsync("session", Dropped);
        await Box.Books.PaidAsync("P1", 10_000);
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["drops them", "SET statement_timeout = '30s'"]);
        var check = (await CheckAsync()).ShouldEndWith(3);
        check.Out.Replace("\n", " ", StringComparison.Ordinal).ShouldContain("ALTER ROLE");

        await FollowAsync(worker);

        await worker.BecomesReadyAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
        await Box.Books.OutboxEmptyAsync();
        (await CheckAsync()).Out.ShouldContain("answers, version");
    }

    [Fact]
    public async Task In_transaction_mode_it_is_refused_whatever_the_role_has()
    {
        await using var pooler = await StartAsync("transaction", Dropped);
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["drops them"]);

        await FollowAsync(worker);

        await worker.SaysAsync(["transaction mode", "pool_mode = session", "ALTER ROLE"]);
        var check = await CheckAsync();
        check.Code.ShouldBe(1, check.Out);
        check.Out.ShouldContain("transaction mode");
    }

    [Fact]
    public async Task One_that_lets_nobody_in_who_asks_for_settings_is_named()
    {
        await using var pooler = await StartAsync("session", "extra_float_digits");
        var worker = await Box.StartUnreadyWorkerAsync();
        await worker.SaysAsync(["That is PgBouncer", "ignore_startup_parameters = options"]);
    }

    /// <summary>For a role of its own: what a role has, it has on the whole server.</summary>
    async Task<Pooler> StartAsync(string mode, string ignored)
    {
        var roles = await Box.UseRolesAsync();
        var pooler = await Pooler.StartAsync(roles.ConnectionString(Roles.Worker), mode, ignored);
        Box.Settings["ConnectionStrings:Postgres"] = pooler.ConnectionString;
        return pooler;
    }

    Task<VerbRun> CheckAsync() => VerbRun.OfAsync(Box.Settings, "check", width: 4_000);

    /// <summary>Does what the worker says, and only that.</summary>
    async Task FollowAsync(HostedWorker worker)
    {
        var problem = (await worker.ReadyAsync()).Problem.ShouldNotBeNull();
        var remedies = Remedy().Matches(problem).Select(match => match.Value).ToList();
        remedies.Count.ShouldBeGreaterThan(10);
        foreach (var remedy in remedies)
        {
            await Box.Books.RunAsync(remedy);
        }
    }

    [GeneratedRegex("ALTER ROLE \"[^\"]+\" SET \\w+ = '[^']*'", RegexOptions.None, 1_000)]
    private static partial Regex Remedy();
}
