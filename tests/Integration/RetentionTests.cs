using Reversals.Operations.Actions;
using Reversals.Operations.Commands;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>Customers go out of what is old, the books agree all the same, and duplicates are answered.</summary>
public sealed class RetentionTests(Servers servers) : ServerTest(servers)
{
    const string Old = "UPDATE reversals.event SET occurred_at = now() - interval '6 years'";

    const string Customers = "SELECT count(*) FROM reversals.event WHERE convert_from(body, 'UTF8') LIKE '%Siti%'";

    [Fact]
    public async Task A_duplicate_of_an_anonymised_request_gets_its_answer_without_the_customer()
    {
        var first = await SeedAsync();
        (await RunAsync("retention run --older-than 5y --yes --note gdpr")).ShouldEndWith(0)
            .Out.ShouldContain("Anonymised 1 events");
        (await Box.Books.NumberAsync(Customers)).ShouldBe(0);

        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        var again = (await Box.HearOnceAsync(2))[1];

        again.IsReplay.ShouldBeTrue();
        again.EventId.ShouldBe(first.EventId);
        (again.Reason, again.ReferenceId).ShouldBe((first.Reason, first.ReferenceId));
        again.Json.GetProperty("amount").GetRawText().ShouldBe(first.Json.GetProperty("amount").GetRawText());
        var data = again.Json.GetProperty("data");
        data.GetProperty("customer_name").GetString().ShouldBe("");
        data.GetProperty("paid_amount").GetRawText()
            .ShouldBe(first.Json.GetProperty("data").GetProperty("paid_amount").GetRawText());
    }

    [Fact]
    public async Task The_books_agree_afterwards_also_with_what_subscribers_heard()
    {
        var first = await SeedAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Encoding.UTF8.GetString(first.Body) + "\n", Stop);
        (await RunAsync("retention run --older-than 5y --yes")).ShouldEndWith(0);
        (await RunAsync($"reconcile --events {file}")).ShouldEndWith(0).Out.ShouldContain("The books agree.");
        File.Delete(file);
    }

    [Fact]
    public async Task What_is_young_or_not_published_yet_stays_as_it_is()
    {
        await SeedAsync();
        await Box.Books.RunAsync("UPDATE reversals.event SET occurred_at = now() - interval '4 years'");
        (await RunAsync("retention run --older-than 5y --yes")).ShouldEndWith(0);
        (await Box.Books.NumberAsync(Customers)).ShouldBe(1);

        await Box.Books.RunAsync(Old + """
            ; INSERT INTO reversals.outbox (kind, event_id) SELECT kind, event_id FROM reversals.event
            """);
        (await RunAsync("retention run --older-than 5y --yes")).ShouldEndWith(0);
        (await Box.Books.NumberAsync(Customers)).ShouldBe(1);
        (await Box.Books.CountAsync("reversals.operator_action")).ShouldBe(0, "nothing was changed");
    }

    [Fact]
    public async Task The_dry_run_counts_and_changes_nothing()
    {
        await SeedAsync();
        var run = (await RunAsync("retention run --older-than 5y --dry-run --json")).ShouldEndWith(0);
        run.Json.GetProperty("would_be_anonymised")[0].GetProperty("count").GetInt32().ShouldBe(1);
        (await Box.Books.NumberAsync(Customers)).ShouldBe(1);
        (await RunAsync("retention run --older-than 5y")).ShouldEndWith(2).Error.ShouldContain("1 events");
        (await Box.Books.NumberAsync(Customers)).ShouldBe(1);
    }

    [Fact]
    public async Task A_message_somebody_saw_to_keeps_its_references_and_no_more_and_an_open_one_stays()
    {
        await Box.StartWorkerAsync();
        foreach (var reference in (string[])["request-1", "request-2"])
        {
            await Box.Upstream.SendAsync(
                Some.Json($"{{'reference_id':'{reference}','amount':12500.50,'customer':'Siti'}}"),
                change: to => to.Headers![Wire.SignatureHeader] = new string('0', 64));
        }

        await Box.Books.QuarantinedAsync(2);
        await Box.StopWorkersAsync();
        (await RunAsync("quarantine discard 1 --yes --note x")).ShouldEndWith(0);
        await Box.Books.RunAsync("""
            UPDATE reversals.quarantine SET received_at = now() - interval '7 years',
                resolved_at = resolved_at - interval '6 years'
            """);

        (await RunAsync("retention run --older-than 5y --yes")).ShouldEndWith(0)
            .Out.ShouldContain("1 quarantined messages");

        (await Box.Books.TextsAsync(
            "SELECT concat_ws(' ', reference_id, convert_from(body, 'UTF8'), headers, signature) " +
            "FROM reversals.quarantine WHERE resolution IS NOT NULL"))
            .ShouldBe(["request-1 {\"reference_id\":\"request-1\",\"amount\":12500.50} {}"]);
        (await Box.Books.NumberAsync(
            "SELECT count(*) FROM reversals.quarantine WHERE convert_from(body, 'UTF8') LIKE '%Siti%'"))
            .ShouldBe(1);
        (await RunAsync("quarantine show 1")).ShouldEndWith(0).Out.ShouldContain("anonymised");
    }

    [Fact]
    public async Task What_was_done_before_it_was_stopped_is_audited_and_the_rest_untouched()
    {
        await ManyAsync(2_000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using var database = Processing.Postgres.Database.OpenForPeople(
            Box.Books.ConnectionString, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var retention = new Retention(database, TimeProvider.System);
        var portions = 0;

        await Should.ThrowAsync<OperationCanceledException>(() => retention.RunAsync(
            TimeProvider.System.GetUtcNow().AddYears(-5), new Operator { Name = "siti" },
            new SynchronousProgress<Anonymised>(_ =>
            {
                if (++portions == 2)
                {
                    stop.Cancel();
                }
            }),
            stop.Token));

        (await Box.Books.NumberAsync("SELECT count(*) FROM reversals.event WHERE anonymised_at IS NOT NULL"))
            .ShouldBe(1_000);
        (await Box.Books.NumberAsync(Customers)).ShouldBe(1_000);
        (await Box.Books.TextsAsync("SELECT target FROM reversals.operator_action ORDER BY id"))
            .Select(target => target.Split(": ")[^1].Split(',')[0]).Last().ShouldBe("1000 events");

        (await RunAsync("retention run --older-than 5y --yes")).ShouldEndWith(0)
            .Out.ShouldContain("1,000 events");
        (await Box.Books.NumberAsync(Customers)).ShouldBe(0);
    }

    [Fact]
    public async Task A_role_of_its_own_may_do_this_and_nothing_else()
    {
        await SeedAsync();
        var roles = await Box.UseRolesAsync();
        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Retention);
        (await RunAsync("retention run --older-than 5y --yes")).ShouldEndWith(0)
            .Out.ShouldContain("Anonymised 1 events");
        await roles.ForbidAsync(
            Roles.Retention,
            [
                "UPDATE reversals.event SET reason = ''", "UPDATE reversals.event SET occurred_at = now()",
                "DELETE FROM reversals.event", "DELETE FROM reversals.quarantine",
                "UPDATE reversals.quarantine SET resolution = NULL", "SELECT * FROM billing.bill",
                "SELECT * FROM reversals.reversal", "INSERT INTO reversals.outbox (kind) VALUES ('')",
            ]);

        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator);
        (await RunAsync("retention run --older-than 31d --yes")).ShouldEndWith(1)
            .Error.ShouldContain("reversal_retention");
    }

    [Theory]
    [InlineData("retention run --yes", "--older-than")]
    [InlineData("retention run --older-than 5 --yes", "expected years or days such as 5y or 90d")]
    [InlineData("retention run --older-than 29d --yes", "at least 30d")]
    [InlineData("retention run --older-than -1y --yes", "expected years or days")]
    [InlineData("retention run --older-than 999999999999y --yes", "expected years or days")]
    public async Task An_age_that_is_none_is_a_mistake_in_usage(string command, string says) =>
        (await RunAsync(command)).ShouldEndWith(2).Error.ShouldContain(says);

    /// <summary>A reversal of a customer's payment, six years ago.</summary>
    async Task<Heard> SeedAsync()
    {
        await Box.Books.ManyAsync(1);
        await Box.Books.RunAsync("UPDATE billing.bill SET customer_name = 'Siti', description = 'of Siti'");
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"));
        var heard = (await Box.HearOnceAsync(1))[0];
        heard.Json.GetProperty("data").GetProperty("customer_name").GetString().ShouldBe("Siti");
        await Box.StopWorkersAsync();
        await Box.Books.RunAsync(Old);
        return heard;
    }

    Task ManyAsync(int events)
    {
        Box.PlantsEvents = true;
        return Box.Books.RunAsync("""
            INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
            SELECT gen_random_uuid(), 'payment.reversal.rejected', 'acme', 'x', 'x',
                convert_to('{"event":"payment.reversal.rejected","data":{"customer_name":"Siti"}}', 'UTF8'),
                now() - interval '6 years' - n * interval '1 second'
            FROM generate_series(1, @events) AS n
            """, new { events });
    }
}
