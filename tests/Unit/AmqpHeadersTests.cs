using System.Text;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Worker.Inbound;
using Shouldly;
using Xunit;

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
        var json = AmqpHeaders.ToJson(With(
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

        AmqpHeaders.ToJson(With(("x", nested))).Length.ShouldBeLessThan(100);
        AmqpHeaders.Size(With(("x", nested))).ShouldBeLessThan(100);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_kept_exactly()
    {
        AmqpHeaders.ToJson(With(("x", new byte[] { 0x41, 0xff, 0x42 }))).ShouldBe("""{"x":{"base64":"Qf9C"}}""");
        AmqpHeaders.ToJson(properties: null).ShouldBe("{}");
        Encoding.UTF8.GetByteCount(AmqpHeaders.ToJson(With(("x", double.NaN)))).ShouldBeGreaterThan(0);
    }

    static BasicProperties With(params (string Name, object? Value)[] headers) => new()
    {
        Headers = headers.ToDictionary(header => header.Name, header => header.Value, StringComparer.Ordinal),
    };
}
