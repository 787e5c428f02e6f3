namespace Reversals.Tests.Integration;

/// <summary>Clients and keys change without a restart, and no message pays for it.</summary>
public sealed class SettingReloadTests(Servers servers) : ServerTest(servers)
{
    const string First = $"Clients:{Some.Client}:ApiKeys:0";
    const string Second = $"Clients:{Some.Client}:ApiKeys:1";
    const string NewKey = "acme-key-after";

    /// <summary>From a changed file to what a worker does.</summary>
    const double InForceSeconds = 5;

    SecretFolder Secrets => field ??= Box.Keep(new SecretFolder());

    [Fact]
    public async Task A_key_changes_under_load_and_nothing_is_quarantined()
    {
        await StartWorkersAsync(2);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var key = Some.Key;
        var load = Task.Run(async () =>
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            var sent = 0;
            for (; !end.IsCancellationRequested; sent++)
            {
                await SendAsync(Some.Request($"P{sent}", $"request-{sent}"), Volatile.Read(ref key));
                await pace.WaitForNextTickAsync(Stop);
            }

            return sent;
        }, Stop);

        Secrets.Set(Second, NewKey);
        await WithinAsync(InForceSeconds, () => AllHaveAsync(Secrets));
        Volatile.Write(ref key, NewKey);
        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync() == 0, "the last with the old key are read");
        Secrets.Set(First, NewKey);
        Secrets.Set(Second, value: null);
        await WithinAsync(InForceSeconds, () => AllHaveAsync(Secrets));
        await end.CancelAsync();
        var requests = await load;
        requests.ShouldBeGreaterThan(100);

        await Box.HearOnceAsync(requests);
        (await Box.Books.CountAsync("reversals.quarantine")).ShouldBe(0);
        await SendAsync(Some.Request("P1", "with-the-old-key"), Some.Key);
        await Until.TrueAsync(
            async () => await Box.Books.CountAsync("reversals.quarantine") == 1, "the old key is one no more");
    }

    [Fact]
    public async Task A_new_client_needs_no_restart()
    {
        await StartWorkersAsync(1);
        Secrets.Set("Clients:hooli:ApiKeys:0", "the-key-of-hooli");
        await WithinAsync(InForceSeconds, () => AllHaveAsync(Secrets));

        var body = Some.Utf8(Some.Request("P1", "by-a-new-client"));
        await Box.Upstream.SendRawAsync(body, new BasicProperties
        {
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [Wire.SignatureHeader] = Signature.Compute(body, "the-key-of-hooli"),
                [Wire.ClientIdHeader] = "hooli",
            },
        });

        (await Box.HearOnceAsync(1))[0].Reason.ShouldBe("PAYMENT_NOT_FOUND");
    }

    [Fact]
    public async Task A_client_that_floods_is_shut_out_and_let_in_again_and_none_of_its_requests_is_lost()
    {
        await StartWorkersAsync(1);
        await Box.Books.ManyAsync(2);
        var gateway = await HostedGateway.StartAsync(Box, Secrets);
        const string enabled = $"Clients:{Some.Client}:Enabled";
        Secrets.Set(enabled, "false");
        await WithinAsync(InForceSeconds, () => AllHaveAsync(Secrets));
        await Until.TrueAsync(
            async () => (await gateway.PostAsync("{}")).Status == HttpStatusCode.Unauthorized,
            "the gateway does not let it in");

        await SendAsync(Some.Request("P1", "request-1"), Some.Key);
        await Box.Books.QuarantinedAsync(1);
        (await Box.Books.QuarantineAsync())[0].Cause.ShouldBe("CLIENT_UNKNOWN");

        Secrets.Set(enabled, value: null);
        await AllHaveAsync(Secrets);
        Box.Settings[First] = Some.Key;
        (await RunAsync("quarantine replay --cause CLIENT_UNKNOWN --yes")).ShouldEndWith(0);
        (await Box.HearOnceAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task A_bad_change_keeps_what_was_and_is_told_wherever_one_looks()
    {
        var worker = await StartWorkersAsync(1);
        Secrets.Set(Second, "short");

        await Until.TrueAsync(
            async () => (await worker.ReadyAsync()).Text.Contains(
                $"{Second}: expected at least 8 characters, found 5", StringComparison.Ordinal),
            "ready says so");
        (await worker.ReadyAsync()).Status.ShouldBe(HttpStatusCode.OK, "the work goes on");
        await Until.LoggedAsync("those of before stay in force");
        await Until.TrueAsync(
            async () => (await RunAsync("status")).Out.Contains("keeps its settings of before", Ordinal),
            "status says so");
        var check = await RunAsync("check");
        check.ShouldEndWith(1);
        check.Out.ShouldContain("keeps its settings of before");

        await Box.Books.ManyAsync(1);
        await SendAsync(Some.Request("P1", "request-1"), Some.Key);
        await Box.HearOnceAsync(1);

        Secrets.Set(Second, NewKey);
        await Until.TrueAsync(
            async () => (await worker.ReadyAsync()).Problem is null, "what is mended is in force");
    }

    [Fact]
    public async Task While_the_key_of_the_events_changes_they_are_signed_with_both()
    {
        const string before = "the-key-of-the-events", after = "the-next-key-of-the-events";
        Secrets.Set("Events:SigningKey", before);
        await StartWorkersAsync(1);
        await Box.Books.ManyAsync(3);

        await SendAsync(Some.Request("P1", "request-1"), Some.Key);
        var heard = (await Box.HearOnceAsync(1))[0];
        heard.Header(Wire.SignatureKeyHeader).ShouldBe(Signature.KeyId(before));
        heard.Header(Wire.NextSignatureHeader).ShouldBeNull();

        Secrets.Set("Events:NextSigningKey", after);
        await AllHaveAsync(Secrets);
        await SendAsync(Some.Request("P2", "request-2"), Some.Key);
        heard = (await Box.HearOnceAsync(2))[1];
        heard.Header(Wire.SignatureHeader).ShouldBe(Signature.Compute(heard.Body, before));
        heard.Header(Wire.NextSignatureHeader).ShouldBe(Signature.Compute(heard.Body, after));

        Secrets.Set("Events:SigningKey", after);
        await AllHaveAsync(Secrets);
        Secrets.Set("Events:NextSigningKey", value: null);
        await AllHaveAsync(Secrets);
        await SendAsync(Some.Request("P3", "request-3"), Some.Key);
        heard = (await Box.HearOnceAsync(3))[2];
        heard.Header(Wire.SignatureHeader).ShouldBe(Signature.Compute(heard.Body, after));
        heard.Header(Wire.NextSignatureHeader).ShouldBeNull();
    }

    [Fact]
    public async Task The_gateway_takes_a_new_key_too_and_gives_up_an_old_one()
    {
        await StartWorkersAsync(1);
        await Box.Books.ManyAsync(1);
        var gateway = await HostedGateway.StartAsync(Box, Secrets);
        var body = Some.Request("P1", "request-1");
        (await gateway.PostAsync(body, key: NewKey)).ShouldBe(401, "BILLER_AUTHENTICATION");

        Secrets.Set(First, NewKey);
        await WithinAsync(InForceSeconds, async () =>
        {
            await AllHaveAsync(Secrets);
            await Until.TrueAsync(
                async () => (await gateway.PostAsync(body, key: NewKey)).Status == HttpStatusCode.OK,
                "the gateway takes the new key");
        });
        (await gateway.PostAsync(body)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    static StringComparison Ordinal => StringComparison.Ordinal;

    /// <summary>Workers whose client acme has its keys in files.</summary>
    async Task<HostedWorker> StartWorkersAsync(int count)
    {
        Secrets.Set(First, Some.Key);
        Box.Settings.Remove(First);
        List<HostedWorker> workers = [];
        for (var number = 0; number < count; number++)
        {
            workers.Add(Box.Keep(await HostedWorker.StartAsync(Box.Settings, Secrets)));
            await workers[^1].BecomesReadyAsync();
        }

        return workers[0];
    }

    /// <summary>Every worker says that it has in force what the files say.</summary>
    Task AllHaveAsync(SecretFolder secrets) => Until.TrueAsync(
        async () =>
        {
            var settings = new Dictionary<string, string?>(Box.Settings, StringComparer.OrdinalIgnoreCase);
            foreach (var file in Directory.GetFiles(secrets.Path))
            {
                settings[Path.GetFileName(file).Replace("__", ":", Ordinal)] = await File.ReadAllTextAsync(file);
            }

            var check = await VerbRun.OfAsync(settings, "check");
            return check.Out.Contains("the clients and keys of these settings", Ordinal)
                && !check.Out.Contains("other clients or keys", Ordinal);
        },
        "the change is in force");

    Task SendAsync(string text, string key)
    {
        var body = Some.Utf8(text);
        return Box.Upstream.SendRawAsync(body, new BasicProperties
        {
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [Wire.SignatureHeader] = Signature.Compute(body, key),
                [Wire.ClientIdHeader] = Some.Client,
            },
        });
    }
}
