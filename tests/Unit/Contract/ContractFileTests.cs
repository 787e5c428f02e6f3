using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using Reversals.Contracts;

namespace Reversals.Tests.Unit.Contract;

/// <summary>The files that neighbours get are what the types give today.</summary>
public sealed class ContractFileTests
{
    /// <summary>Set: the files are written instead of compared.</summary>
    const string Write = "WRITE_CONTRACT";

    static readonly string Folder = Repository.PathOf("src/Contracts/Schemas");

    static readonly JsonSerializerOptions Writing = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n",
    };

    static readonly Dictionary<string, JsonObject> Expected = ContractSchemas.All.Keys
        .Select(name => (Name: name, Document: ContractSchemas.Document(name)))
        .Append(("asyncapi", AsyncApiDocument.Create()))
        .ToDictionary(one => $"{one.Item1}.json", one => one.Item2, StringComparer.Ordinal);

    [Fact]
    public void The_files_say_what_the_types_say()
    {
        foreach (var (name, document) in Expected)
        {
            var file = Path.Combine(Folder, name);
            var text = document.ToJsonString(Writing) + "\n";
            if (Environment.GetEnvironmentVariable(Write) is { Length: > 0 })
            {
                File.WriteAllText(file, text);
            }

            File.Exists(file).ShouldBeTrue(name);
            File.ReadAllText(file).ShouldBe(
                text, $"{name} is not what the types give. Write it with {Write}=1 tests/run.sh unit");
        }

        Directory.GetFiles(Folder).Select(Path.GetFileName).ShouldBe(Expected.Keys, ignoreOrder: true);
    }

    /// <summary>What is written, not what is declared: so nothing that a neighbour gets is left out.</summary>
    [Fact]
    public void Every_field_that_is_written_is_in_its_schema_at_every_depth()
    {
        foreach (var (name, body) in ContractExamples.Bodies)
        {
            Missing(JsonNode.Parse(body)!.AsObject(), ContractSchemas.All[name], name).ShouldBeEmpty();
        }

        var grown = JsonNode.Parse(ContractExamples.Bodies[Wire.PaymentReversedExchange])!.AsObject();
        grown["data"]!["later"] = 1;
        Missing(grown, ContractSchemas.All[Wire.PaymentReversedExchange], "planted")
            .ShouldBe(["planted.data.later"]);
    }

    [Fact]
    public void Every_field_and_header_is_told_in_the_document_for_neighbours()
    {
        var told = File.ReadAllText(Repository.PathOf("deploy/neighbours.md"));
        var fields = ContractSchemas.All.Values.SelectMany(FieldsOf)
            .Concat(FieldsOf(MessageHeaders.OfEvent())).Append(Wire.RequestExchange)
            .Append(Wire.PaymentReversedExchange).Append(Wire.ReversalRejectedExchange)
            .Except(["virtual_account", "prefix"], StringComparer.Ordinal);

        fields.Where(name => !told.Contains($"`{name}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    /// <summary>A type that a bus could take as a message would be published unsigned, to nobody.</summary>
    [Fact]
    public void No_bus_can_take_a_request_of_the_package_for_a_message()
    {
        typeof(ReversalRequestBody).IsByRefLike.ShouldBeTrue();
        typeof(SignedReversalRequest).IsValueType.ShouldBeTrue();
        typeof(Wire).Assembly.GetExportedTypes()
            .Where(type => type.IsClass && type.Name.Contains("Request", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    /// <summary>The schema of a request is written by hand: the worker is its judge.</summary>
    [Fact]
    public void The_worker_takes_what_the_request_schema_takes_and_no_more()
    {
        var file = JsonNode.Parse(File.ReadAllText(Repository.PathOf("tests/Contract/requests.json")))!;
        var valid = file["valid"]!.AsArray();
        var invalid = file["invalid"]!.AsArray();

        valid.Count.ShouldBeGreaterThan(10);
        invalid.Count.ShouldBeGreaterThan(20);
        valid.Where(body => RejectionOf(body!) is not null).ShouldBeEmpty();
        invalid.Where(body => RejectionOf(body!) is null).ShouldBeEmpty();
    }

    static Rejection? RejectionOf(JsonNode body) => RequestReader.Read(
        new ReversalRequested { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) }, Some.Client, Some.Now).Rejection;

    static IEnumerable<string> FieldsOf(JsonNode schema) =>
        schema["properties"] is not JsonObject fields ? []
        : fields.SelectMany(one => FieldsOf(one.Value!).Prepend(one.Key));

    static IEnumerable<string> Missing(JsonObject value, JsonNode schema, string path)
    {
        foreach (var (name, field) in value)
        {
            if (schema["properties"]?[name] is not { } known)
            {
                yield return $"{path}.{name}";
            }
            else if (field is JsonObject inner)
            {
                foreach (var missing in Missing(inner, known, $"{path}.{name}"))
                {
                    yield return missing;
                }
            }
        }
    }
}
