using RabbitMQ.Client;

namespace Reversals.Tests.Unit;

/// <summary>What a stranger may put into headers.</summary>
public sealed class AmqpHeadersTests
{
    [Fact]
    public void A_header_is_read_as_text_whatever_its_type()
    {
        var properties = With(
            ("Client-Id", "acme"u8.ToArray()), ("text", "acme"), ("number", 12L), ("flag", true),
            ("none", null));

        AmqpHeaders.Text(properties, Wire.ClientIdHeader).ShouldBe("acme");
        AmqpHeaders.Text(properties, "text").ShouldBe("acme");
        AmqpHeaders.Text(properties, "number").ShouldBe("12");
        AmqpHeaders.Text(properties, "flag").ShouldBe("True");
        AmqpHeaders.Text(properties, "none").ShouldBeNull();
        AmqpHeaders.Text(properties, "missing").ShouldBeNull();
        AmqpHeaders.Text(properties: null, "missing").ShouldBeNull();
        AmqpHeaders.Text(new BasicProperties(), "missing").ShouldBeNull();
    }

    [Theory]
    [InlineData(1_772_334_000, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(long.MaxValue, false)]
    [InlineData(long.MinValue, false)]
    public void The_time_of_sending_is_read_when_it_is_one(long seconds, bool isTime)
    {
        var properties = new BasicProperties { Timestamp = new AmqpTimestamp(seconds) };
        AmqpHeaders.SentAt(properties).ShouldBe(isTime ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null);
        AmqpHeaders.SentAt(new BasicProperties()).ShouldBeNull();
        AmqpHeaders.SentAt(properties: null).ShouldBeNull();
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("a\0b", false)]
    [InlineData("any text", true)]
    [InlineData("\u0001\n\u00E9\uFFFD", true)]
    public void A_correlation_id_is_carried_when_it_can_be_stored_and_sent_as_it_is(string? id, bool carried) =>
        AmqpHeaders.CorrelationId(new BasicProperties { CorrelationId = id }).ShouldBe(carried ? id : null);

    /// <summary>Bytes that are no UTF-8 are read as replacement characters of three bytes each.</summary>
    [Fact]
    public void A_correlation_id_that_grew_while_it_was_read_is_not_carried()
    {
        AmqpHeaders.CorrelationId(new BasicProperties { CorrelationId = new string('\uFFFD', 85) })
            .ShouldNotBeNull();
        AmqpHeaders.CorrelationId(new BasicProperties { CorrelationId = new string('\uFFFD', 86) })
            .ShouldBeNull();
        AmqpHeaders.CorrelationId(properties: null).ShouldBeNull();
    }

    [Fact]
    public void The_size_counts_names_and_values_at_any_depth()
    {
        AmqpHeaders.Size(With(("abc", new byte[100]))).ShouldBe(103);
        AmqpHeaders.Size(With(("abc", new List<object?> { new byte[100], "xy" }))).ShouldBe(105);
        AmqpHeaders.Size(With(("abc", new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["de"] = new byte[100],
        }))).ShouldBe(105);
        AmqpHeaders.Size(properties: null).ShouldBe(0);
    }

    [Fact]
    public void The_kept_headers_are_JSON_without_credentials_and_without_what_jsonb_cannot_hold()
    {
        var json = HeaderJson.Write(With(
            ("Client-Id", "acme"u8.ToArray()),
            ("authorization", "Bearer secret"),
            ("nested", new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["Authorization"] = "secret",
            }),
            ("list", new List<object?> { 1, null, "a\0b" })));

        json.ShouldBe(
            """{"Client-Id":"acme","authorization":"***","nested":{"Authorization":"***"},""" +
            "\"list\":[1,null,\"a\\uFFFDb\"]}");
    }

    [Fact]
    public void Whatever_is_nested_without_end_ends_somewhere()
    {
        object? nested = "secret";
        for (var depth = 0; depth < 100_000; depth++)
        {
            nested = new List<object?> { nested };
        }

        HeaderJson.Write(With(("x", nested))).Length.ShouldBeLessThan(100);
        AmqpHeaders.Size(With(("x", nested))).ShouldBeLessThan(100);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_kept_exactly()
    {
        HeaderJson.Write(With(("x", new byte[] { 0x41, 0xff, 0x42 }))).ShouldBe("""{"x":{"base64":"Qf9C"}}""");
        HeaderJson.Write(properties: null).ShouldBe("{}");
    }

    [Fact]
    public void Bytes_that_are_text_are_read_as_text_and_anything_else_as_JSON_never_as_a_name_of_a_type()
    {
        object?[] values =
        [
            "acme"u8.ToArray(), new BinaryTableValue("acme"u8.ToArray()), new BinaryTableValue([0xFF]),
            new byte[] { 0xFF }, new List<object?> { "acme"u8.ToArray() }, new AmqpTimestamp(17), 1.5m, 1.5,
            (sbyte)-1, (ushort)1, 2u, new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = 1 },
        ];
        values.Select(value => AmqpHeaders.Text(With(("x", value)), "x")).ShouldBe(
        [
            "acme", "acme", """{"base64":"/w=="}""", """{"base64":"/w=="}""", """["acme"]""",
            """{"timestamp":17}""", "1.5", "1.5", "-1", "1", "2", """{"a":1}""",
        ]);
    }

    /// <summary>Every kind the client library can give: t b B s u I i l f d D S A T F V x.</summary>
    [Fact]
    public void A_value_of_every_kind_is_kept_and_comes_back_as_it_was()
    {
        Dictionary<string, object?> headers = new(StringComparer.Ordinal)
        {
            ["t"] = true, ["b"] = (sbyte)-128, ["B"] = (byte)255, ["s"] = (short)-2, ["u"] = (ushort)65_535,
            ["I"] = -3, ["i"] = uint.MaxValue, ["l"] = long.MinValue, ["f"] = 1.25f, ["d"] = -0.1,
            ["D"] = 1.50m, ["S"] = "text"u8.ToArray(), ["x"] = new BinaryTableValue([0, 1]),
            ["T"] = new AmqpTimestamp(long.MaxValue), ["V"] = null, ["nan"] = double.NaN,
            ["infinite"] = float.NegativeInfinity,
            ["A"] = new List<object?> { 1.5m, null, new List<object?> { "deep"u8.ToArray() } },
            ["F"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["base64"] = "QUJD"u8.ToArray() },
            ["of two"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["decimal"] = "1", ["a"] = 2 },
        };

        var json = HeaderJson.Write(With([.. headers.Select(one => (one.Key, one.Value))]));

        json.ShouldNotContain("System.");
        json.ShouldNotContain("RabbitMQ");
        var back = HeaderJson.Read(json);
        HeaderJson.Write(new BasicProperties { Headers = back }).ShouldBe(json);
        back["x"].ShouldBe(new byte[] { 0, 1 });
        back["D"].ShouldBe(1.50m);
        back["T"].ShouldBe(new AmqpTimestamp(long.MaxValue));
        back["i"].ShouldBe((long)uint.MaxValue);
        back["f"].ShouldBe(1.25);
        back["nan"].ShouldBe(double.NaN);
        back["F"].ShouldBeOfType<Dictionary<string, object?>>()["base64"].ShouldBe("QUJD");
    }

    [Theory]
    [Each(
        "Authorization", "AUTHORIZATION", "Proxy-Authorization", "http_authorization", "Cookie", "set-cookie",
        "X-Api-Key", "accept", " Accept")]
    public void A_credential_of_whatever_type_and_depth_is_neither_kept_nor_sent_again(string name)
    {
        object?[] values =
        [
            "hidden", "hidden"u8.ToArray(), new BinaryTableValue("hidden"u8.ToArray()),
            new List<object?> { "hidden", new List<object?> { "hidden" } },
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["inner"] = "hidden" },
        ];
        foreach (var value in values)
        {
            var table = new Dictionary<string, object?>(StringComparer.Ordinal) { [name] = value };
            var json = HeaderJson.Write(With((name, value), ("list", new List<object?> { table })));

            json.ShouldNotContain("hidden");
            HeaderJson.Write(new BasicProperties { Headers = HeaderJson.Read(json) })
                .ShouldBe("""{"list":[{}]}""");
        }
    }

    [Theory]
    [Each("client-id", "CLIENT-ID", "Client-Id")]
    public void The_name_of_a_header_is_compared_without_case(string name)
    {
        AmqpHeaders.Text(With((name, "acme")), Wire.ClientIdHeader).ShouldBe("acme");
        AmqpHeaders.Text(With(("Other", null), (name + "s", "x"), (name, "acme")), Wire.ClientIdHeader)
            .ShouldBe("acme");
    }

    [Fact]
    public void Two_values_of_a_header_that_decides_something_are_ambiguous_and_twice_the_same_is_not()
    {
        foreach (var name in (string[])["Signature", "Client-Id", "Pending-For"])
        {
            var lower = name.ToLowerInvariant();
            AmqpHeaders.Ambiguous(With((name, "a"), (lower, "b"))).ShouldBe(name);
            AmqpHeaders.Ambiguous(With((name.ToUpperInvariant(), "a"), (lower, 1))).ShouldBe(name);
            AmqpHeaders.Ambiguous(With((name, ""), (lower, "b"))).ShouldBe(name);
            AmqpHeaders.Ambiguous(With((name, "a"), (lower, "a"u8.ToArray()))).ShouldBeNull();
            AmqpHeaders.Ambiguous(With((name, null), (lower, "a"))).ShouldBeNull();
        }

        AmqpHeaders.Ambiguous(With(("Other", "a"), ("other", "b"))).ShouldBeNull();
        AmqpHeaders.Ambiguous(properties: null).ShouldBeNull();
    }

    static BasicProperties With(params (string Name, object? Value)[] headers) => new()
    {
        Headers = headers.ToDictionary(header => header.Name, header => header.Value, StringComparer.Ordinal),
    };
}
