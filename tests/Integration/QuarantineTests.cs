namespace Reversals.Tests.Integration;

/// <summary>What cannot be authenticated or is too large is kept as it came, and answered by nobody.</summary>
public sealed class QuarantineTests(Servers servers) : ServerTest(servers)
{
    /// <summary>No valid UTF-8, so that a copy by way of text would show.</summary>
    static readonly byte[] Body = [.. Some.Utf8("""{"payment_ref": "P1"}"""), 0x0A, 0xFF, 0xC0, 0x00];

    public static TheoryData<string, byte[], string?, string?, int> Causes { get; } = new()
    {
        { "SIGNATURE_MISSING", Body, null, Some.Client, 0 },
        { "SIGNATURE_MISSING", Body, "", Some.Client, 0 },
        { "SIGNATURE_MISSING", [], null, null, 0 },
        { "SIGNATURE_INVALID", Body, new string('0', 64), Some.Client, 0 },
        { "SIGNATURE_INVALID", Body, "sha256=" + Signature.Compute(Body, Some.Key), Some.Client, 0 },
        { "SIGNATURE_INVALID", Body, Signature.Compute(Body, Some.OtherKey), Some.Client, 0 },
        { "CLIENT_UNKNOWN", Body, Signature.Compute(Body, Some.Key), "nobody", 0 },
        { "CLIENT_UNKNOWN", Body, Signature.Compute(Body, Some.Key), null, 0 },
        { "HEADERS_TOO_LARGE", Body, Signature.Compute(Body, Some.Key), Some.Client, Wire.MaxHeaderBytes },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task A_message_is_kept_as_it_came_and_nobody_answers_it(
        string cause, byte[] body, string? signature, string? client, int padding)
    {
        await SeedAsync();
        var before = await Box.Books.SnapshotAsync();
        await Box.StartWorkerAsync();
        var headers = Odd();
        Set(headers, "Signature", signature);
        Set(headers, "Client-Id", client);
        Set(headers, "padding", padding == 0 ? null : new string('p', padding));
        await Box.Upstream.SendRawAsync(body, new BasicProperties { Headers = headers });

        await Box.Books.QuarantinedAsync(1);
        await Box.NothingIsLeftAsync();
        var kept = (await Box.Books.QuarantineAsync()).ShouldHaveSingleItem();
        kept.Cause.ShouldBe(cause);
        kept.Body.ShouldBe(body);
        kept.Signature.ShouldBe(signature);
        kept.ClientId.ShouldBe(client);
        ShouldBeKept(JsonElement.Parse(kept.Headers), headers);
        (await Box.Tap.SettleAsync()).ShouldBeEmpty();
        (await Box.Books.CountAsync("reversals.event")).ShouldBe(0);
        (await Box.Books.SnapshotAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task The_only_client_need_not_name_itself()
    {
        await SeedAsync();
        foreach (var setting in Box.Settings.Keys.Where(IsOfOtherClients).ToArray())
        {
            Box.Settings.Remove(setting);
        }

        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(
            Some.Request("P1", "request-1"), change: to => to.Headers!.Remove("Client-Id"));
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task A_second_active_key_and_capital_hex_digits_are_accepted()
    {
        await SeedAsync();
        Box.Settings[$"Clients:{Some.Client}:ApiKeys:1"] = "the-new-key";
        await Box.StartWorkerAsync();
        var body = Some.Utf8(Some.Request("P1", "request-1"));
        await Box.Upstream.SendAsync(body, change: to =>
            to.Headers!["Signature"] = Signature.Compute(body, "the-new-key").ToUpperInvariant());
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
    }

    [Fact]
    public async Task Keys_and_credentials_are_never_written_to_the_log()
    {
        await SeedAsync();
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync("[]", change: to =>
        {
            to.Headers!["Signature"] = Some.Key;
            to.Headers["Authorization"] = "Bearer the-token";
        });
        await Until.LoggedAsync("Quarantined");
        await Box.StopWorkersAsync();
        var database = new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString);
        string[] secrets = [Some.Key, "the-token", database.Password!];
        secrets.ShouldAllBe(secret => !LogCapture.Text.Contains(secret));
    }

    static bool IsOfOtherClients(string setting) =>
        setting.StartsWith("Clients:", StringComparison.Ordinal)
        && !setting.StartsWith($"Clients:{Some.Client}:", StringComparison.Ordinal);

    /// <summary>Every kind of header value there is.</summary>
    static Dictionary<string, object?> Odd() => new(StringComparer.Ordinal)
    {
        ["Authorization"] = "Bearer the-token",
        ["Accept"] = "application/json",
        ["number"] = 17,
        ["long"] = 1L << 40,
        ["flag"] = true,
        ["nothing"] = null,
        ["list"] = new List<object?> { "one", 2 },
        ["table"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["inner"] = "value" },
    };

    static void Set(Dictionary<string, object?> headers, string name, string? value)
    {
        if (value is not null)
        {
            headers[name] = value;
        }
    }

    static void ShouldBeKept(JsonElement kept, Dictionary<string, object?> sent)
    {
        kept.EnumerateObject().Select(header => header.Name).ShouldBe(sent.Keys, ignoreOrder: true);
        kept.GetProperty("Authorization").GetString().ShouldBe("***");
        kept.GetProperty("Accept").GetString().ShouldBe("***");
        foreach (var (name, value) in sent.Where(header => header.Key is not ("Authorization" or "Accept")))
        {
            Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(kept.GetProperty(name)))
                .ShouldBe(JsonSerializer.Serialize(value), name);
        }
    }

    async Task SeedAsync() => await Box.Books.PaidAsync("P1", 10_000);
}
