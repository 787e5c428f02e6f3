namespace Reversals.Tests.Integration;

/// <summary>What holds for every verb: help, exit codes, rights, width, and no secret said.</summary>
public sealed class VerbTests(Servers servers) : ServerTest(servers)
{
    const string VaNumber = "8573997654321098";
    const string PaymentRef = "P-CANARY";

    static readonly string[] Verbs =
    [
        "run", "migrate", "check", "topology deploy", "topology diff", "healthcheck", "status", "show",
        "quarantine list", "quarantine show", "quarantine replay", "quarantine discard", "outbox list",
        "outbox retry", "event replay", "event list", "reconcile", "sign", "verify", "demo", "audit", "pending list",
        "completion", "retention run",
    ];

    [Fact]
    public async Task Each_verb_explains_itself_with_an_example()
    {
        foreach (var verb in Verbs)
        {
            var help = (await RunAsync(verb + " --help")).ShouldEndWith(0).Out;
            help.ShouldContain("Example:", Case.Sensitive, verb);
            help.ShouldContain("reversal-worker " + verb, Case.Sensitive, verb);
            help.ShouldContain("--json", Case.Sensitive, verb);
        }
    }

    [Theory]
    [Each(
        "nonsense", "show", "quarantine show x", "quarantine list --since yesterday",
        "outbox list --kind other", "reconcile --limit 0", "event replay", "event replay --client acme",
        "event replay 01a209a6-f224-733d-addc-b8f24dae001b --since 1h")]
    public async Task Wrong_usage_ends_with_2(string verb) =>
        (await RunAsync(verb)).ShouldEndWith(2).Error.ShouldNotBeEmpty();

    [Fact]
    public async Task A_wrong_setting_is_named_and_ends_with_2()
    {
        Box.Settings["Batching:Limit"] = "0";
        (await RunAsync("check")).ShouldEndWith(2).Error.ShouldContain("Batching:Limit");
    }

    [Fact]
    public async Task A_database_that_is_down_is_named_with_its_address()
    {
        Box.Settings["ConnectionStrings:Postgres"] =
            "Host=127.0.0.1;Port=1;Username=x;Password=secret-word;Database=books";
        foreach (var verb in (string[])
            ["status", "show x-12345", "quarantine list", "outbox list", "reconcile", "migrate --list", "audit",
                "pending list"])
        {
            var run = (await RunAsync(verb)).ShouldEndWith(3);
            run.Error.ShouldContain("PostgreSQL at 127.0.0.1:1/books", Case.Sensitive, verb);
            run.Error.ShouldNotContain("secret-word");
        }

        (await RunAsync("check")).ShouldEndWith(3).Out.ShouldContain("127.0.0.1:1/books");
    }

    [Fact]
    public async Task A_broker_that_is_down_is_named_and_the_database_still_tells_its_part()
    {
        await Box.StartWorkerAsync();
        await Box.QuarantineOneAsync();
        await Box.StopWorkersAsync();
        Box.Settings["ConnectionStrings:RabbitMq"] = "amqp://x:secret-word@127.0.0.1:1/";
        var run = (await RunAsync("status")).ShouldEndWith(3);
        run.Error.ShouldContain("RabbitMQ at 127.0.0.1:1/");
        run.Out.ShouldContain("SIGNATURE_MISSING");
        foreach (var verb in (string[])["topology diff", "quarantine replay 1 --yes"])
        {
            (await RunAsync(verb)).ShouldEndWith(3).Error.ShouldContain("RabbitMQ at 127.0.0.1:1/");
        }

        (await RunAsync("check")).ShouldEndWith(3).Out.ShouldContain("127.0.0.1:1/");
        VerbRun.Printed.ShouldAllBe(text => !text.Contains("secret-word"));
    }

    [Fact]
    public async Task The_health_of_a_worker_is_told_and_of_one_that_is_not_there()
    {
        var worker = await Box.StartWorkerAsync();
        Box.Settings["Health:Port"] = FormattableString.Invariant($"{worker.Port}");
        (await RunAsync("healthcheck live")).ShouldEndWith(0).Out.ShouldBe("ok\n");
        (await RunAsync("healthcheck ready --json")).ShouldEndWith(0)
            .Json.GetProperty("status").GetString().ShouldBe("ok");

        await Box.StopWorkersAsync();
        (await RunAsync("healthcheck live")).ShouldEndWith(1).Out.ShouldContain($"127.0.0.1:{worker.Port}");
        (await RunAsync("healthcheck ready --json")).ShouldEndWith(1)
            .Json.GetProperty("problem").GetString()!.ShouldContain("no worker answers");
    }

    [Fact]
    public async Task An_old_schema_is_told_as_such()
    {
        await Box.UseEmptyDatabaseAsync();
        (await RunAsync("migrate --dry-run")).ShouldEndWith(0).Out.ShouldContain("0001_billing.sql");
        (await RunAsync("show x-12345")).ShouldEndWith(1).Error.ShouldContain("reversal-worker migrate");
        (await RunAsync("check")).ShouldEndWith(1).Out.ShouldContain("lacks");
        (await RunAsync("migrate")).ShouldEndWith(0);
        (await RunAsync("migrate --list")).ShouldEndWith(0).Out.ShouldNotContain("missing");
        (await RunAsync("migrate --list --json")).Json.GetArrayLength().ShouldBe(Migrator.Names.Count);
    }

    [Fact]
    public async Task The_topology_is_compared_made_ahead_and_then_fits_the_worker()
    {
        (await RunAsync("topology diff")).ShouldEndWith(1).Out.ShouldContain("missing");
        (await RunAsync("check")).ShouldEndWith(1).Out.ShouldContain("topology");
        (await RunAsync("topology deploy --yes")).ShouldEndWith(0);
        (await RunAsync("topology diff")).ShouldEndWith(0);
        (await RunAsync("check")).ShouldEndWith(0);
        await Box.Upstream.SendAsync("{}");
        await Box.StartWorkerAsync();
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("NO_IDENTIFIER");
        (await RunAsync("topology diff")).ShouldEndWith(0);
    }

    [Fact]
    public async Task A_queue_of_another_shape_is_named()
    {
        await Box.Broker.DeclareAsync(Wire.RequestQueue);
        var run = (await RunAsync("topology diff")).ShouldEndWith(1);
        run.Out.ShouldContain("x-queue-type");
        (await RunAsync("topology deploy --yes")).ShouldEndWith(1);
    }

    [Fact]
    public async Task A_body_is_signed_and_a_signature_verified()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{}", Stop);
        var signature = Signature.Compute("{}"u8, Some.Key);
        (await RunAsync($"sign {file} --client {Some.Client}")).ShouldEndWith(0)
            .Out.Trim().ShouldBe(signature);
        (await RunAsync($"verify {signature} {file} --client {Some.Client}")).ShouldEndWith(0);
        await File.AppendAllTextAsync(file, "\n", Stop);
        (await RunAsync($"verify {signature} {file} --client {Some.Client}")).ShouldEndWith(1)
            .Out.ShouldContain("line feed");
        (await RunAsync($"sign {file}")).ShouldEndWith(2).Error.ShouldContain("--client");
        File.Delete(file);
    }

    [Fact]
    public async Task All_verbs_of_duty_run_as_reversal_operator_and_say_nothing_secret_within_100_columns()
    {
        var roles = await Box.UseRolesAsync("canary-database-9c02");
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:1"] = "canary-api-key-5d1f";
        await SeedAsync();
        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator);
        List<string> printed = [];
        foreach (var verb in (string[])
        [
            "check", "status", "show request-1", $"show {PaymentRef}", "show request-2",
            "quarantine list --all", "quarantine show 1", "quarantine show 2", "quarantine show 3",
            "quarantine replay --cause SIGNATURE_INVALID --dry-run",
            "quarantine replay --cause SIGNATURE_INVALID --yes",
            "quarantine discard 2 --note x --yes", "outbox list", "outbox retry --yes", "reconcile",
            "topology diff", "migrate --list", "audit", "pending list",
        ])
        {
            foreach (var (form, width) in ((string, int)[])[(verb, 100), (verb, 80), (verb + " --json", 100)])
            {
                var run = await VerbRun.OfAsync(Box.Settings, form, width: width);
                run.Error.ShouldNotContain("permission", Case.Sensitive, form);
                run.Code.ShouldBeLessThan(2, form + run.Out + run.Error);
                printed.Add(form + run.Out + run.Error);
                run.Out.Split('\n').ShouldAllBe(
                    line => form.EndsWith("--json", StringComparison.Ordinal) || line.Length <= width, run.Out);
                run.Out.ShouldNotContain("\u001b");
            }
        }

        string[] canaries =
        [
            "canary-database-9c02", "canary-api-key-5d1f", Some.Key, VaNumber, VaNumber[6..], "canary-name",
            "canary-mail@example.com", "canary-token",
        ];
        (from canary in canaries
         from text in printed
         where text.Contains(canary, StringComparison.OrdinalIgnoreCase)
         select $"{canary} in: {text}").ShouldBeEmpty();
    }

    /// <summary>One applied, one refused, three quarantined; canaries wherever one could put them.</summary>
    async Task SeedAsync()
    {
        await Box.Books.PaidAsync(PaymentRef, 10_000, vaNumber: VaNumber);
        await Box.Books.RunAsync(
            "UPDATE billing.bill " +
            "SET customer_name = 'canary-name', customer_email = 'canary-mail@example.com'");
        await Box.StartWorkerAsync();
        await Box.AskAsync(Some.Request(PaymentRef, "request-1"));
        await Box.AskAsync(Some.Json(
            $"{{'payment_ref':'{PaymentRef}','reference_id':'request-2','virtual_account':'{VaNumber}'}}"));
        await Box.Upstream.SendAsync(
            Some.Json(
                $"{{'payment_ref':'{PaymentRef}','reference_id':'request-3','customer_name':'canary-name'," +
                $"'virtual_account':'{VaNumber}','note':'canary-mail@example.com','canary-name':1}}"),
            change: to =>
            {
                to.Headers!["Signature"] = Some.Key;
                to.Headers["Authorization"] = "Bearer canary-token";
                to.Headers["other"] = "canary-name";
            });
        await Box.Upstream.SendAsync(
            $"canary-name {VaNumber}", change: to => to.Headers!["Client-Id"] = VaNumber);
        await Box.Upstream.SendAsync(
            "{}", change: to => to.Headers!["Client-Id"] = "\u001b[31mred" + new string('x', 200));
        await Box.Books.QuarantinedAsync(3);
        await Box.Books.OutboxEmptyAsync();
        await Box.StopWorkersAsync();
    }
}
