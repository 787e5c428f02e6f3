using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Operations.Commands;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Integration;

/// <summary>What a preview says is what is decided later, and it leaves no trace.</summary>
public sealed class PreviewTests(Servers servers) : ServerTest(servers)
{
    /// <summary>All rows with the version of each, and who changed or locked it; and which ids were ever given.</summary>
    internal const string Everything =
        """
        SELECT concat_ws('|',
            (SELECT md5(string_agg(concat(ctid, xmin, xmax, b), ',' ORDER BY ctid)) FROM billing.bill b),
            (SELECT md5(string_agg(concat(ctid, xmin, xmax, p), ',' ORDER BY ctid)) FROM billing.payment p),
            (SELECT md5(string_agg(concat(ctid, xmin, xmax, r), ',' ORDER BY ctid)) FROM reversals.reversal r),
            (SELECT md5(string_agg(concat(ctid, xmin, xmax, e), ',' ORDER BY ctid)) FROM reversals.event e),
            (SELECT md5(string_agg(concat(ctid, xmin, xmax, o), ',' ORDER BY ctid)) FROM reversals.outbox o),
            (SELECT md5(string_agg(concat(ctid, xmin, xmax, q), ',' ORDER BY ctid)) FROM reversals.pending q),
            (SELECT count(*) FROM reversals.quarantine), (SELECT count(*) FROM reversals.operator_action),
            (SELECT string_agg(sequencename || last_value, ',' ORDER BY sequencename) FROM pg_sequences))
        """;

    WorkerOptions Options => WorkerConfiguration.Read(
        new ConfigurationBuilder().AddInMemoryCollection(Box.Settings).Build());

    /// <summary>Whoever signs in may call the function that a preview calls, and learns no account by it.</summary>
    [Theory]
    [InlineData("", "", "xxxxxxxxxxxxxxxx")]
    [InlineData("9999999999", "111111", "xxxxxxxxxxxxxxxx")]
    [InlineData(Some.Account, "", "xxxxxx" + Some.Account)]
    [InlineData("", Some.Prefix, Some.Prefix + "xxxxxxxxxx")]
    [InlineData(Some.VaNumber, Some.Prefix, Some.VaNumber)]
    public async Task An_operator_is_told_only_what_its_requests_name_of_an_account(
        string number, string prefix, string told)
    {
        await Box.Books.PaidAsync("P1", 10_000);
        (await Box.Books.TextsAsync(
            "SELECT va_number FROM reversals.preview_payments(ARRAY['acme'], ARRAY['P1'], '{}', '{}', '{}', '{}', " +
            $"'{{}}', '{{}}', 100, ARRAY['{number}'], ARRAY['{prefix}'])")).ShouldBe([told]);
        (await Box.Books.NumberAsync("SELECT count(*) FROM pg_proc WHERE proname = 'preview_payments'")).ShouldBe(1);
    }

    [Fact]
    public async Task It_equals_the_later_decision_in_ten_thousand_random_cases_and_writes_nothing()
    {
        const int batches = 20, size = 500;
        var traffic = new RandomTraffic(seed: 18);
        await using var people = CommandContext.Open(Options);
        await using var database = Database.Open(Box.Books.ConnectionString, NullLoggerFactory.Instance);
        using var handoffs = new RelayHandoffs(TimeProvider.System);
        var preview = new Preview(people, SnapshotSource.ForOperator, Options, TimeProvider.System);
        var batch = new ReversalBatch(
            database, new ClientPolicies(new LiveSettings<WorkerOptions>(Options)),
            new WaitingLimit(WorkerConfiguration.MostPending(Options)), handoffs,
            Options.Outbound, TimeProvider.System, NullLogger<ReversalBatch>.Instance);
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        for (var n = 0; n < batches; n++)
        {
            await traffic.PayAsync(Box.Books);
            ReceivedMessage[] messages = [.. Enumerable.Range(0, size).Select(_ => traffic.Message())];
            var before = await Box.Books.TextAsync(Everything);
            var said = await preview.DecideAsync(messages, Stop);
            (await Box.Books.TextAsync(Everything)).ShouldBe(before);

            var decided = await DecideAsync(batch, messages);
            said.Count.ShouldBe(size);
            said.Where(one => one.Cause is null).Select(Told).ShouldBe(decided);
            foreach (var one in said)
            {
                seen[one.Text] = seen.GetValueOrDefault(one.Text) + 1;
            }
        }

        seen.Values.Sum().ShouldBe(batches * size);
        seen.Keys.ShouldBe(
            [
                "REVERSED", "PARTIALLY_REVERSED", "DUPLICATE", "REFUSED_BEFORE", "PENDING",
                "IDEMPOTENCY_CONFLICT", "PAYMENT_NOT_FOUND", "AMBIGUOUS_PAYMENT", "VA_MISMATCH",
                "CHANNEL_MISMATCH", "WINDOW_EXPIRED", "ALREADY_REVERSED", "EXCEEDS_REMAINING",
                "PARTIAL_NOT_ALLOWED", "LEDGER_INCONSISTENT", "MALFORMED_BODY", "NO_IDENTIFIER",
                "AMOUNT_INVALID", "INVALID_FIELD", "SIGNATURE_INVALID", "CLIENT_UNKNOWN",
            ],
            ignoreOrder: true);
    }

    [Fact]
    public async Task The_command_tells_the_answer_with_the_rights_of_an_operator_and_changes_nothing()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        var roles = await Box.UseRolesAsync();
        Box.Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Operator);
        var before = await Box.Books.TextAsync(Everything);

        var run = await PreviewAsync(Some.Request("P1", "request-1", 4_000));

        var said = run.ShouldEndWith(0).Json;
        said.GetProperty("decision").GetString().ShouldBe("applied");
        said.GetProperty("reason").GetString().ShouldBe("PARTIALLY_REVERSED");
        said.GetProperty("remaining").GetDecimal().ShouldBe(6_000);
        said.GetProperty("bill").GetProperty("paid_amount").GetDecimal().ShouldBe(6_000);
        run.Out.ShouldNotContain("Siti");
        run.Out.ShouldNotContain(Some.Account);
        (await PreviewAsync(Some.Request("P2", "request-2"))).ShouldEndWith(0).Json
            .GetProperty("decision").GetString().ShouldBe("pending");
        (await PreviewAsync(Some.Request("P1", "request-3", 20_000))).ShouldEndWith(1).Json
            .GetProperty("reason").GetString().ShouldBe("EXCEEDS_REMAINING");
        (await PreviewAsync(Some.Request("P1", "request-4"), key: "not-the-key")).ShouldEndWith(1).Json
            .GetProperty("reason").GetString().ShouldBe("SIGNATURE_INVALID");
        (await Box.Books.TextAsync(Everything)).ShouldBe(before);
    }

    async Task<VerbRun> PreviewAsync(string body, string key = Some.Key)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, body, Stop);
        var run = await RunAsync(
            $"preview {file} --signature {Signature.Compute(Some.Utf8(body), key)} --client {Some.Client} --json");
        File.Delete(file);
        return run;
    }

    /// <summary>Commits the batch as a worker does; what it answers, in the order of the requests.</summary>
    async Task<List<string>> DecideAsync(ReversalBatch batch, ReceivedMessage[] messages)
    {
        var authenticator = new Authenticator(Options.Clients);
        var last = await Box.Books.NumberAsync("SELECT coalesce(max(id), 0) FROM reversals.outbox");
        var now = TimeProvider.System.GetUtcNow();
        await batch.CommitAsync(
            [
                .. messages.Select(message => (message, Admission.Check(message, authenticator)))
                    .Where(one => one.Item2.Failure is null)
                    .Select(one => RequestReader.Read(one.message.Request, one.Item2.ClientId, now)),
            ],
            isAlone: true, Stop);
        return
        [
            .. (await Box.Books.TextsAsync(
                $"""
                SELECT CASE WHEN o.replayed THEN 'again ' || e.event_id ELSE convert_from(e.body, 'UTF8') END
                FROM reversals.outbox o JOIN reversals.event e USING (event_id)
                WHERE o.id > {last} ORDER BY o.id
                """)).Select(row => row.StartsWith('{') ? Text(Some.Utf8(row)) : row),
        ];
    }

    static string Told(PreviewedMessage one) => one.Decision is Duplicate or ToldBefore
        ? $"again {one.Outcome!.EventId}"
        : Text(one.Outcome!.Event!.Body);

    /// <summary>An answer without what is chosen anew each time, and without what a preview may not see.</summary>
    static string Text(byte[] body)
    {
        var told = ReversalEvent.Read(body);
        return string.Join('|',
            told.EventName, told.Rc, told.Message, told.Reason, told.ClientId, told.ReferenceId, told.PaymentRef,
            told.Amount, told.Remaining, told.BillVersion, (told as ReversalRejected)?.PendingUntil is not null,
            told.Data?.Status, told.Data?.PaidAmount, told.Data?.TotalAmount, told.Data?.TransactionRefId,
            told.Data?.Type, told.Data?.Detail?.Id, told.Data?.ValidUntil);
    }
}
