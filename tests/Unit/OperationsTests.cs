using CsCheck;
using Reversals.Operations.Commands;
using Reversals.Operations.Queries;

namespace Reversals.Tests.Unit;

/// <summary>What people on duty are shown: tables that fit, reasons in words, nothing personal.</summary>
public sealed class OperationsTests
{
    static readonly Redactor Mask = new(["the-api-key"]);

    [Fact]
    public void Every_table_fits_a_hundred_columns_and_loses_no_character()
    {
        var cell = Gen.String[Gen.Char['a', 'e'], 0, 150];
        Gen.Int[1, 8].SelectMany(columns => cell.Array[columns].Array[1, 5]).Sample(rows =>
        {
            var titles = rows[0].Select((_, place) => $"title {place}").ToArray();
            var lines = Table.Lines(titles, rows).ToList();
            lines.ShouldAllBe(line => line.Length <= Table.Widest);
            lines.Skip(1).Sum(line => line.Count(char.IsAsciiLetter))
                .ShouldBeGreaterThanOrEqualTo(rows.Sum(row => row.Sum(text => text.Length)));
        });
    }

    /// <summary>Who searches the output for an id has to find it.</summary>
    [Fact]
    public void For_a_program_no_cell_is_broken()
    {
        string[] titles = ["event_id", "why"];
        var id = new string('e', 36);
        Table.Lines(titles, [[id, string.Join("; ", Enumerable.Repeat(id, 9))]], Table.Unbroken)
            .Last().Split("; ").Length.ShouldBe(9);
    }

    [Fact]
    public void Every_reason_has_words() =>
        Reason.All.Where(reason => ReasonDescriptions.Of(reason.Code).Equals(reason.Code, StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Theory]
    [InlineData("""{"payment_ref":"1234567890"}""", """{"payment_ref":"1234567890"}""")]
    [InlineData("""{"amount":5}""", """{"amount":"5"}""")]
    [InlineData("""{"virtual_account":"8573991234567890"}""", """{"virtual_account":"***7890"}""")]
    [InlineData("""{"customer_name":"Siti","x":{}}""", """{"others":"2 not shown"}""")]
    [InlineData("""{"reference_id":"a the-api-key"}""", """{"reference_id":"a ***"}""")]
    [InlineData("""{"payment_ref":["8573991234567890"]}""", """{"payment_ref":"***"}""")]
    public void Of_a_body_the_known_fields_are_shown(string body, string shown) =>
        Mask.Body(Encoding.UTF8.GetBytes(body)).ShouldBe(shown);

    [Theory]
    [Each("Siti 8573991234567890", """["Siti"]""", """{"a":1,"a":"Siti"}""", "")]
    public void Of_what_is_no_object_only_its_hash_is_shown(string body) =>
        Mask.Body(Encoding.UTF8.GetBytes(body)).ShouldStartWith("no JSON object; SHA-256 ");

    [Fact]
    public void A_client_id_that_is_an_account_number_is_cut()
    {
        Redactor.Client("8573991234567890").ShouldBe("***7890");
        Redactor.Client("acme").ShouldBe("acme");
    }
}
