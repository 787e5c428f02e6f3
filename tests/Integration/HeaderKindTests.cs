namespace Reversals.Tests.Integration;

/// <summary>Headers of every kind that AMQP has, as clients of other languages send them.</summary>
public sealed class HeaderKindTests(Servers servers) : ServerTest(servers)
{
    /// <summary>Each kind with the JSON it is kept as. What is no number the broker itself refuses.</summary>
    static readonly (object? Value, string Kept)[] Kinds =
    [
        (null, "null"), (true, "true"), ((sbyte)-128, "-128"), ((byte)255, "255"), ((short)-2, "-2"),
        ((ushort)65_535, "65535"), (-3, "-3"), (uint.MaxValue, "4294967295"),
        (long.MinValue, "-9223372036854775808"), (1.25f, "1.25"), (-0.1, "-0.1"),
        (1.50m, """{"decimal": "1.50"}"""), ("text é", "\"text é\""), ("bytes"u8.ToArray(), "\"bytes\""),
        (new byte[] { 0xFF, 0 }, """{"base64": "/wA="}"""),
        (new BinaryTableValue("binary"u8.ToArray()), "\"binary\""),
        (new BinaryTableValue([0xFF]), """{"base64": "/w=="}"""),
        (new AmqpTimestamp(long.MaxValue), """{"timestamp": 9223372036854775807}"""),
        (new List<object?> { 1, null, new List<object?> { 1.5m } }, """[1, null, [{"decimal": "1.5"}]]"""),
        (new Dictionary<string, object?>(StringComparer.Ordinal) { ["base64"] = "QUJD" },
            """{"table": {"base64": "QUJD"}}"""),
    ];

    [Theory]
    [Each("bytes", "binary", "mixed")]
    public async Task Signature_and_client_that_come_as_bytes_are_read_as_text(string kind)
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"), change: to =>
        {
            foreach (var name in (string[])[Wire.SignatureHeader, Wire.ClientIdHeader])
            {
                var bytes = Encoding.UTF8.GetBytes((string)to.Headers![name]!);
                to.Headers[name] = kind == "bytes" || (kind == "mixed" && name == Wire.ClientIdHeader)
                    ? bytes
                    : new BinaryTableValue(bytes);
            }
        });

        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_header_of_every_kind_changes_no_outcome_and_is_kept_as_it_came()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"), change: AddAll)).Reason.ShouldBe("REVERSED");
        await Box.Upstream.SendAsync("unsigned", change: to =>
        {
            AddAll(to);
            to.Headers!.Remove(Wire.SignatureHeader);
        });

        await Box.Books.QuarantinedAsync(1);
        await Box.NothingIsLeftAsync();
        foreach (var (place, (_, expected)) in Kinds.Index())
        {
            (await Box.Books.TextAsync(
                $"SELECT headers -> 'kind-{place}' #>> '{{}}' FROM reversals.quarantine")).ShouldBe(expected == "null" ? null : expected.Trim('"'), $"kind {place}");
        }
    }

    [Fact]
    public async Task A_signature_that_is_no_text_is_invalid_and_kept_as_JSON()
    {
        object[] values =
        [
            new byte[] { 0xFF }, new BinaryTableValue([0, 0xFF]), new List<object?> { "a" }, 17, 1.5m, true,
            new AmqpTimestamp(1), new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = "b" },
        ];
        await Box.StartWorkerAsync();
        foreach (var value in values)
        {
            await Box.Upstream.SendAsync("{}", change: to => to.Headers!["Signature"] = value);
            await Box.Upstream.SendAsync("{}", change: to => to.Headers!["Client-Id"] = value);
        }

        await Box.Books.QuarantinedAsync(2 * values.Length);
        await Box.NothingIsLeftAsync();
        var kept = await Box.Books.QuarantineAsync();
        kept.ShouldAllBe(one => one.Cause == "SIGNATURE_INVALID" || one.Cause == "CLIENT_UNKNOWN");
        foreach (var text in kept.SelectMany(one => (string?[])[one.Signature, one.ClientId, one.Headers]))
        {
            text.ShouldNotBeNull().ShouldNotContain("System.");
            text.ShouldNotContain("RabbitMQ");
        }
    }

    [Fact]
    public async Task A_message_whose_headers_came_as_bytes_is_applied_when_it_is_replayed()
    {
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.RestartWithKeyAsync("not-the-key-of-acme");
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"), change: to =>
        {
            AddAll(to);
            to.Headers!["Authorization"] = "Bearer hidden";
            to.Headers["client-id"] = new BinaryTableValue(Some.Utf8(Some.Client));
            to.Headers["signature"] = new BinaryTableValue(Some.Utf8((string)to.Headers["Signature"]!));
            to.Headers.Remove("Client-Id");
            to.Headers.Remove("Signature");
        });
        await Box.Books.QuarantinedAsync(1);
        await Box.StopWorkersAsync();

        Box.Settings[$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key;
        (await RunAsync("quarantine show 1 --json")).ShouldEndWith(0)
            .Json.GetProperty("times").GetInt64().ShouldBe(1);
        await Box.StartWorkerAsync();
        (await RunAsync("quarantine replay 1 --yes")).ShouldEndWith(0);
        (await Box.Tap.HearAsync(1))[0].Reason.ShouldBe("REVERSED");
        await Box.NothingIsLeftAsync();
    }

    static void AddAll(BasicProperties to)
    {
        foreach (var (place, (value, _)) in Kinds.Index())
        {
            to.Headers![$"kind-{place}"] = value;
        }
    }
}
