namespace Reversals.Tests.Integration;

/// <summary>Every secret and everything about a customer is a word that occurs nowhere else; whatever is done
/// to the worker, it prints none of them. Event bodies alone may hold customer data.</summary>
public sealed class CanaryTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string ApiKey = "canary-api-key-5d1f";
    const string SigningKey = "canary-signing-key-77ab";
    const string DatabasePassword = "canary-database-9c02";
    const string Token = "canary-token-4e4e";
    const string VaNumber = "8573997654321098";

    static readonly string[] Customer =
    [
        "canary-name", "canary-mail@example.com", "+62canary-phone", "canary-street", "canary-component",
        "canary-additional", "canary-bill",
    ];

    readonly List<string> _printed = [];

    [Fact]
    public async Task Nothing_of_a_secret_or_a_customer_is_ever_printed()
    {
        var owner = await ConfigureAsync();
        await RunAsync(["migrate"], owner);
        var (postgres, rabbitMq) = (Box.LinkToPostgres(), Box.LinkToRabbitMq());
        var settings = Box.ProcessSettings();
        using var worker = WorkerProcess.Start(["run"], settings);
        await ReadyAsync(settings);
        await RunAsync(["healthcheck", "ready"], settings);

        await SeedAsync();
        await SendAllAsync();
        await Box.Books.QuarantinedAsync(5);
        (await Box.Tap.HearAsync(8)).Select(one => one.Reason).ShouldBe(
            ["REVERSED", "REVERSED", "IDEMPOTENCY_CONFLICT", "ALREADY_REVERSED", "VA_MISMATCH",
                "MALFORMED_BODY", "LEDGER_INCONSISTENT", "INTERNAL_ERROR"], ignoreOrder: true);
        _printed.AddRange(Box.Tap.All.Select(one => one.Json.GetProperty("message").GetString()!));

        foreach (var (link, said) in ((Link, string)[])
            [(postgres, "could not be committed"), (rabbitMq, "Publishing to RabbitMQ is interrupted")])
        {
            link.Cut();
            await SendAsync(Some.Request("P1", "request-1"));
            await Until.TrueAsync(
                () => worker.Output.Contains(said, StringComparison.Ordinal), $"the worker says: {said}");
            await LookAsync(settings);
            link.Restore();
            await ReadyAsync(settings);
        }

        await Until.TrueAsync(() => Box.Tap.Count >= 10, "the last two are answered too");
        await worker.TerminateAsync();
        worker.Output.ShouldContain("A message fails alone");
        _printed.AddRange([worker.Output, worker.Error]);
        ShouldHoldNone();
    }

    [Fact]
    public async Task A_wrong_configuration_is_named_without_what_it_holds()
    {
        var right = await ConfigureAsync();
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:Postgres"] = $"Host=x;Pasword={DatabasePassword}",
            ["ConnectionStrings:RabbitMq"] = $"http://user:{DatabasePassword}@host",
            ["Events:SigningKey"] = ApiKey,
            ["Events:SigningKeys"] = SigningKey,
            ["Clients:newcomer:ApiKeys"] = ApiKey,
            [$"Clients:{Some.Client}:ApiKey"] = ApiKey,
            ["RabbitMq:RootCertificate"] = "missing.pem",
        };
        foreach (var (name, value) in wrong)
        {
            await RunAsync(["run"], With(right, name, value));
            _printed[^1].ShouldContain(name.Split(':')[0]);
        }

        // Refused by the server, after it was asked.
        var refused = right["ConnectionStrings:Postgres"]!.Replace(
            DatabasePassword, Token, StringComparison.Ordinal);
        await RunAsync(["migrate"], With(right, "ConnectionStrings:Postgres", refused));
        _printed[^1].ShouldContain("28P01");
        ShouldHoldNone();
    }

    /// <summary>Canaries wherever a secret belongs. Returns the same settings as the owner has them.</summary>
    async Task<Dictionary<string, string?>> ConfigureAsync()
    {
        var roles = await Box.UseRolesAsync(DatabasePassword);
        Box.Settings["ConnectionStrings:RabbitMq"] = users.AddressFor(BrokerUsers.Worker);
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = ApiKey;
        Box.Settings["Events:SigningKey"] = SigningKey;
        return With(Box.ProcessSettings(), "ConnectionStrings:Postgres", roles.ConnectionString(Roles.Owner));
    }

    static Dictionary<string, string?> With(Dictionary<string, string?> settings, string name, string value) =>
        new(settings, StringComparer.Ordinal) { [name] = value };

    async Task SeedAsync()
    {
        var good = await Box.Books.PaidAsync("P1", 10_000, vaNumber: VaNumber);
        var odd = await Box.Books.PaidAsync("ODD", 10_000,
            vaNumber: VaNumber, components: $$"""[{"qty": "{{Customer[4]}}"}]""");
        var wrong = await Box.Books.PaidAsync("WRONG", 10_000, vaNumber: VaNumber);
        await Box.Books.RunAsync(
            """
            UPDATE billing.bill SET customer_name = @name, customer_email = @mail, customer_phone = @phone,
                customer_address = @address, name = @bill, description = @bill,
                additional_data = jsonb_build_array(@additional),
                paid_amount = CASE id WHEN @wrong THEN 1 ELSE paid_amount END
            """,
            new
            {
                wrong, name = Customer[0], mail = Customer[1], phone = Customer[2], address = Customer[3],
                additional = Customer[5], bill = Customer[6],
            });
        await Box.Books.PoisonAsync(odd);
    }

    /// <summary>Eight that are answered and five that are quarantined; one of them is both.</summary>
    async Task SendAllAsync()
    {
        await SendAsync(Some.Request("P1", "request-1"));
        await Box.Tap.HearAsync(1);
        await SendAsync(Some.Request("P1", "request-1"));
        await SendAsync(Some.Request("P1", "request-1", 1));
        await SendAsync(Some.Request("P1", "request-2"));
        await SendAsync(Some.Json(
            $"{{'payment_ref':'P1','reference_id':'request-3','virtual_account':'{VaNumber[..15]}0'}}"));
        await SendAsync($"{{\"name\": \"{Customer[0]}\", \"virtual_account\": \"{VaNumber}\", nonsense");
        await SendAsync(Some.Request("WRONG", "request-4"));

        await SendAsync(Some.Request("ODD", "request-5"));
        await SendAsync(Customer[0], to => to.Headers!["Signature"] = ApiKey);
        await SendAsync(VaNumber, to => to.Headers!["Client-Id"] = VaNumber);
        await SendAsync(VaNumber, to => to.Headers!["Client-Id"] = Customer[0]);
        await SendAsync(new string('x', Wire.MaxBodyBytes) + Customer[1]);
    }

    Task SendAsync(string body, Action<BasicProperties>? change = null)
    {
        var bytes = Some.Utf8(body);
        return Box.Upstream.SendAsync(bytes, change: to =>
        {
            to.Headers!["Signature"] = Signature.Compute(bytes, ApiKey);
            to.Headers["Authorization"] = $"Bearer {Token}";
            change?.Invoke(to);
        });
    }

    /// <summary>What the health endpoints say, however they feel.</summary>
    async Task<HttpStatusCode> LookAsync(Dictionary<string, string?> settings)
    {
        using var http = new HttpClient();
        var status = HttpStatusCode.ServiceUnavailable;
        foreach (var probe in (string[])["live", "ready"])
        {
            try
            {
                using var answer = await http.GetAsync(
                    new Uri($"http://127.0.0.1:{settings["Health:Port"]}/health/{probe}"), Stop);
                _printed.Add(await answer.Content.ReadAsStringAsync(Stop));
                status = answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
        }

        return status;
    }

    Task ReadyAsync(Dictionary<string, string?> settings) => Until.TrueAsync(
        async () => await LookAsync(settings) == HttpStatusCode.OK, "the worker is ready", 30);

    async Task RunAsync(string[] verb, IReadOnlyDictionary<string, string?> settings)
    {
        using var worker = WorkerProcess.Start(verb, settings);
        await worker.EndAsync();
        _printed.Add(worker.Output + worker.Error);
    }

    void ShouldHoldNone()
    {
        string[] canaries =
        [
            ApiKey, SigningKey, DatabasePassword, Token, VaNumber, VaNumber[6..],
            users.PasswordOf(BrokerUsers.Worker), .. Customer,
        ];
        (from canary in canaries
         from text in _printed
         where text.Contains(canary, StringComparison.OrdinalIgnoreCase)
         select $"{canary} in: {Around(text, canary)}").Distinct().ShouldBeEmpty();
    }

    static string Around(string text, string canary)
    {
        var place = text.IndexOf(canary, StringComparison.OrdinalIgnoreCase);
        return text[Math.Max(0, place - 200)..Math.Min(text.Length, place + canary.Length + 100)];
    }
}
