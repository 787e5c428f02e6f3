using System.Text.Json.Nodes;
using Reversals.Contracts;
using Reversals.Operations.Actions;
using Reversals.Tests.Unit.Contract;

namespace Reversals.Tests.Unit;

/// <summary>An event without its customer is an event still.</summary>
public sealed class AnonymisedBodyTests
{
    static readonly string[] Kinds = [Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange];

    [Fact]
    public void Nothing_about_the_customer_is_left()
    {
        foreach (var data in Kinds.Select(kind => JsonNode.Parse(Anonymised(kind))!["data"])
            .OfType<JsonObject>())
        {
            data["customer_name"]!.GetValue<string>().ShouldBe("");
            data["name"]!.GetValue<string>().ShouldBe("");
            data["va_number"]!.GetValue<string>().ShouldMatch("^0{12}[0-9]{4}$");
            data["components"]!.AsArray().ShouldBeEmpty();
            ((string[])
                [
                    "customer_email", "customer_phone", "customer_address", "description", "ext_description",
                    "additional_data",
                ]).ShouldAllBe(name => data[name] == null);
        }
    }

    [Fact]
    public void Ids_amounts_times_and_reasons_stay_as_they_are()
    {
        string[] cleared =
        [
            "name", "customer_name", "customer_email", "customer_phone", "customer_address", "description",
            "ext_description", "additional_data", "components", "va_number",
        ];
        foreach (var kind in Kinds)
        {
            var (before, after) = (
                JsonNode.Parse(ContractExamples.Bodies[kind])!.AsObject(),
                JsonNode.Parse(Anonymised(kind))!.AsObject());
            foreach (var document in (JsonObject[])[before, after])
            {
                foreach (var name in cleared)
                {
                    (document["data"] as JsonObject)?.Remove(name);
                }
            }

            after.ToJsonString().ShouldBe(before.ToJsonString());
        }
    }

    [Fact]
    public void Every_version_reads_it()
    {
        foreach (var kind in Kinds)
        {
            var body = Anonymised(kind);
            Previous.Contracts.ReversalEvent.Read(body).EventId.ShouldBe(ReversalEvent.Read(body).EventId);
        }
    }

    [Fact]
    public void To_do_it_twice_changes_nothing()
    {
        var once = Anonymised(Wire.PaymentReversedExchange);
        AnonymisedBody.Of(once).ShouldBe(once);
    }

    [Theory]
    [Each("", "no JSON", "[]", "null", "{\"data\":")]
    public void What_is_no_event_is_left(string body) =>
        AnonymisedBody.Of(Encoding.UTF8.GetBytes(body)).ShouldBeNull();

    static byte[] Anonymised(string kind) => AnonymisedBody.Of(ContractExamples.Bodies[kind])!;
}
