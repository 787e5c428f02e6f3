namespace Reversals.Tests.Integration;

/// <summary>What somebody else has put into a schema does not run with the rights of ours.</summary>
public sealed class PlantedTests(Servers servers) : ServerTest(servers)
{
    /// <summary>Name, types of the arguments, type of the result: as built in, or fitting better.</summary>
    static readonly (string Name, string Arguments, string Result)[] Functions =
    [
        ("hashtextextended", "text, integer", "bigint"), ("hashtextextended", "text, bigint", "bigint"),
        ("now", "", "timestamptz"), ("clock_timestamp", "", "timestamptz"),
        ("cardinality", "bigint[]", "integer"),
        ("cardinality", "anyarray", "integer"), ("length", "text", "integer"),
        ("right", "text, integer", "text"),
        ("octet_length", "bytea", "integer"), ("btrim", "text", "text"), ("encode", "bytea, text", "text"),
        ("pg_advisory_xact_lock", "bigint", "void"), ("pg_try_advisory_lock", "bigint", "boolean"),
        ("to_regclass", "text", "regclass"), ("num_nulls", "text, timestamptz, text", "integer"),
        ("format", "text, text", "text"), ("format", "text, name, text", "text"),
        ("format", "text, name", "text"), ("current_database", "", "name"), ("jsonb_typeof", "jsonb", "text"),
    ];

    static readonly (string Operator, string Left, string Right)[] Operators =
    [
        ("=", "text", "text"), ("=", "bigint", "bigint"), ("=", "uuid", "uuid"), ("=", "tid", "tid"),
        ("<>", "numeric", "numeric"), ("=", "numeric", "numeric"), ("<", "bigint", "bigint"),
        ("=", "name", "text"),
        ("<=", "timestamptz", "timestamptz"), ("=", "text", "name"), (">=", "bigint", "bigint"),
        ("=", "oid", "oid"),
    ];

    [Fact]
    public async Task Nothing_that_is_planted_in_public_runs_with_the_rights_of_the_worker_or_of_operators()
    {
        await Box.Books.RunAsync("CREATE TABLE public.caught (what text, who text DEFAULT current_user)");
        await Box.Books.RunAsync("GRANT ALL ON TABLE public.caught TO PUBLIC");
        await PlantAsync();
        // Even first on the way, before what is built in.
        var name = Box.Books.Name;
        await Box.Books.RunAsync($"ALTER DATABASE {name} SET search_path = public, pg_catalog");
        NpgsqlConnection.ClearAllPools();
        await using var books = new Books(new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString)
        {
            SearchPath = "pg_catalog", Pooling = false,
        }.ConnectionString);

        await books.RunAsync("SET search_path = public, pg_catalog; DO 'BEGIN PERFORM now(); END'");
        (await books.CountAsync("public.caught")).ShouldBe(1, "where nobody pins it, what is planted runs");
        await books.RunAsync("TRUNCATE public.caught");
        var roles = await Roles.GrantAsync(Box.Books, "password-of-all-roles");
        try
        {
            Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Worker);
            await UseAsync(books);
            Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator);
            foreach (var verb in (string[])
            [
                "status", "show request-1", "quarantine list", "quarantine show 1", "outbox list",
                "reconcile", "outbox retry --yes", "migrate --list",
                "quarantine discard 1 --note x --yes",
            ])
            {
                (await RunAsync(verb)).ShouldEndWith(0);
            }

            (await books.TextsAsync("SELECT what || ' as ' || who FROM public.caught")).ShouldBeEmpty();
        }
        finally
        {
            await Box.StopWorkersAsync();
            await roles.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_function_of_the_schema_says_where_what_it_calls_is_found() =>
        (await Box.Books.TextsAsync(
            """
            SELECT p.oid::regprocedure::text FROM pg_proc p
            WHERE p.pronamespace IN ('reversals'::regnamespace, 'billing'::regnamespace)
              AND p.prosqlbody IS NULL
              AND NOT coalesce(
                  -- Whoever calls one that runs as its owner could plant tables of that session.
                  'search_path=pg_catalog, pg_temp' = ANY (p.proconfig)
                      OR NOT p.prosecdef AND 'search_path=pg_catalog' = ANY (p.proconfig), false)
            """)).ShouldBeEmpty();

    async Task UseAsync(Books books)
    {
        await books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1", 4_000))).Reason.ShouldBe("PARTIALLY_REVERSED");
        (await Box.AskAsync(Some.Request("P1", "request-1", 4_000))).IsReplay.ShouldBeTrue();
        (await Box.AskAsync(Some.Request("none", "request-2"))).Reason.ShouldBe("PAYMENT_NOT_FOUND");
        await Box.Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        await books.QuarantinedAsync(1);
        await books.OutboxEmptyAsync();
        await Box.StopWorkersAsync();
    }

    /// <summary>A function that cannot write where it is called says so by failing there.</summary>
    async Task PlantAsync()
    {
        foreach (var (name, arguments, result) in Functions)
        {
            await Box.Books.RunAsync(
                $"""
                CREATE FUNCTION public."{name}"({arguments}) RETURNS {result} LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO public.caught (what) VALUES ('{name}({arguments})');
                    RETURN{(result == "void" ? "" : " NULL")};
                END $$
                """);
        }

        foreach (var (index, (name, left, right)) in Operators.Index())
        {
            await Box.Books.RunAsync(
                $"""
                CREATE FUNCTION public.planted_{index}({left}, {right}) RETURNS boolean LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO public.caught (what) VALUES ('{left} {name} {right}');
                    RETURN true;
                END $$;
                CREATE OPERATOR public.{name} (LEFTARG = {left}, RIGHTARG = {right},
                    FUNCTION = public.planted_{index})
                """);
        }
    }
}
