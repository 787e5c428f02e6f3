using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Tests.Unit.Contract;

/// <summary>
/// Fields are only added, and readers ignore what they do not know. <c>tests/Previous</c> has the contract as
/// the first version of the package had it; what that writes and reads does not change any more.
/// </summary>
public sealed class CompatibilityTests
{
    [Fact]
    public void The_first_version_reads_todays_events_to_the_last_field()
    {
        foreach (var body in Events())
        {
            var read = Previous.Contracts.ReversalEvent.Read(body);

            JsonSerializer.Serialize(read, read.GetType(), Previous.Contracts.WireJson.Instance)
                .ShouldBe(Encoding.UTF8.GetString(body));
        }
    }

    [Fact]
    public void The_first_version_reads_an_event_with_fields_and_words_of_a_later_one()
    {
        var later = JsonNode.Parse(ContractExamples.Bodies[Wire.PaymentReversedExchange])!.AsObject();
        later["later"] = new JsonArray(1);
        later["reason"] = "LATER";
        later["data"]!["later"] = "x";
        later["data"]!["status"] = "later";
        later["data"]!["payment"]!["later"] = null;

        var read = Previous.Contracts.ReversalEvent.Read(Encoding.UTF8.GetBytes(later.ToJsonString()));

        read.Data!.Status.ShouldBe(Previous.Contracts.BillStatus.Unknown);
        read.Reason.ShouldBe("LATER");
    }

    /// <summary>Stored bytes are published again as they are, years later.</summary>
    [Fact]
    public void Today_reads_what_the_first_version_wrote()
    {
        foreach (var body in Events())
        {
            var old = Previous.Contracts.ReversalEvent.Read(body);
            var written = JsonSerializer.SerializeToUtf8Bytes(
                old, old.GetType(), Previous.Contracts.WireJson.Instance);

            ReversalEvent.Read(written).EventId.ShouldBe(old.EventId);
        }
    }

    [Fact]
    public void No_field_of_the_first_version_is_gone_or_means_something_else()
    {
        foreach (var (first, today) in ((Type, Type)[])
            [
                (typeof(Previous.Contracts.PaymentReversed), typeof(PaymentReversed)),
                (typeof(Previous.Contracts.ReversalRejected), typeof(ReversalRejected)),
                (typeof(Previous.Contracts.Payment), typeof(Payment)),
                (typeof(Previous.Contracts.PaymentDetail), typeof(PaymentDetail)),
                (typeof(Previous.Contracts.Component), typeof(Component)),
            ])
        {
            Shape(first).Except(Shape(today), StringComparer.Ordinal).ShouldBeEmpty(today.Name);
        }
    }

    [Fact]
    public void No_name_of_the_wire_and_no_word_of_the_first_version_is_gone()
    {
        Constants(typeof(Previous.Contracts.Wire)).Except(Constants(typeof(Wire)), StringComparer.Ordinal)
            .ShouldBeEmpty();
        Constants(typeof(Previous.Contracts.Rc)).Except(Constants(typeof(Rc)), StringComparer.Ordinal)
            .ShouldBeEmpty();
        Previous.Contracts.Reason.All.Select(reason => $"{reason.Code}: {reason.Rc}")
            .Except(Reason.All.Select(reason => $"{reason.Code}: {reason.Rc}"), StringComparer.Ordinal)
            .ShouldBeEmpty();
        Enum.GetNames<Previous.Contracts.BillType>().Except(Enum.GetNames<BillType>(), StringComparer.Ordinal)
            .ShouldBeEmpty();
        Enum.GetNames<Previous.Contracts.BillStatus>().Except(Enum.GetNames<BillStatus>(), StringComparer.Ordinal)
            .ShouldBeEmpty();
    }

    /// <summary>A planted change of each kind is seen.</summary>
    [Fact]
    public void A_field_that_is_renamed_or_of_another_type_is_seen()
    {
        var lost = Shape(typeof(Payment));
        lost.ExceptWith(Shape(typeof(Changed)));

        lost.IsSupersetOf(["hash: String Hash", "total_amount: Decimal TotalAmount"]).ShouldBeTrue();
    }

    static IEnumerable<byte[]> Events() => ContractExamples.Bodies
        .Where(one => !one.Key.Equals(Wire.RequestExchange, StringComparison.Ordinal)).Select(one => one.Value);

    /// <summary>Each property as it is on the wire and in code.</summary>
    static HashSet<string> Shape(Type type) => type.GetProperties()
        .Select(one => $"{ContractSchemas.NameOf(one)}: {NameOf(one.PropertyType)} {one.Name}")
        .ToHashSet(StringComparer.Ordinal);

    static string NameOf(Type type) =>
        type.Name + string.Concat(type.GetGenericArguments().Select(argument => $" of {NameOf(argument)}"));

    static IEnumerable<string> Constants(Type type) => type.GetFields().Where(field => field.IsLiteral)
        .Select(field => FormattableString.Invariant($"{field.Name} = {field.GetRawConstantValue()}"));

    abstract record Changed
    {
        [System.Text.Json.Serialization.JsonPropertyName("hash_id")]
        public required string Hash { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("total_amount")]
        public required string TotalAmount { get; init; }
    }
}
