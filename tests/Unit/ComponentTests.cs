namespace Reversals.Tests.Unit;

/// <summary>The lines of a bill, which billers write as they like.</summary>
public sealed class ComponentTests
{
    const string Normal = """[{"id":"1","name":"SPP","qty":1,"price":"100000","total":"100000"}]""";

    [Theory]
    [InlineData(Normal)]
    [InlineData("""[{"id":"1","name":"SPP","qty":"1","price":100000,"total":100000}]""")]
    [InlineData("""[{"id":1,"name":"SPP","qty":1.00,"price":100000,"total":"100000"}]""")]
    [InlineData("""[{"total":"100000","note":"x","name":"SPP","price":100000,"qty":1,"id":"1"}]""")]
    public void Both_spellings_of_a_component_are_read_and_one_is_written(string stored)
    {
        Written(stored).ShouldBe(Normal);
        Read(stored)[0].ShouldBe(
            new Component { Id = "1", Name = "SPP", Qty = 1, Price = "100000", Total = "100000" });
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("\"1\"", "1")]
    [InlineData("\"-5\"", "-5")]
    [InlineData("\"1.5\"", "1.5")]
    [InlineData("0.125", "0.125")]
    [InlineData("1.500", "1.5")]
    [InlineData("\"0\"", "0")]
    [InlineData("1234567890123456789012345678", "1234567890123456789012345678")]
    public void A_quantity_that_is_a_plain_number_is_written_as_one(string stored, string written) =>
        Written(Line(stored)).ShouldBe(Line(written));

    [Theory]
    [Each(
        "\"1,5\"", "\"1.000\"", "\"1.50\"", "\"5-\"", "\"+5\"", "\"05\"", "\".5\"", "\" 5\"", "\"1e3\"",
        "\"(5)\"", "\"\"", "\"dua\"", "null", "true", "[1]", "{\"n\":1}", "1e-40",
        "12345678901234567890123456789012345", "1.00000000000000000000000000000000001")]
    public void A_quantity_that_is_no_plain_number_leaves_as_it_was_stored(string stored)
    {
        Written(Line(stored)).ShouldBe(Line(stored));
        var read = Read(Line(stored))[0];
        read.Qty.ShouldBeNull();
        read.Name.ShouldBe("SPP");
        read.Stored!.Value.GetProperty("qty").GetRawText().ShouldBe(stored);
    }

    [Theory]
    [Each(
        """[{}]""", """[null]""", """["SPP 100.000",5,false,[],[[{"a":1}]]]""",
        """[{"id":null,"name":null,"price":null,"total":null,"note":"x"}]""",
        """[{"id":"1","name":"SPP","qty":1,"price":{"amount":5},"total":[5,"IDR"]}]""",
        """[{"id":true,"name":"SPP","qty":1,"price":"1","total":"1"}]""",
        """[{"id":"1","name":"SPP","qty":1,"price":"1"}]""",
        """[{"ID":"1","Name":"SPP","QTY":1,"Price":"1","Total":"1"}]""")]
    public void A_line_of_another_shape_leaves_as_it_was_stored_and_is_read_again(string stored)
    {
        Written(stored).ShouldBe(stored);
        Written(Written(stored)).ShouldBe(stored);
        Read(stored).ShouldAllBe(line => line.Stored != null);
    }

    [Fact]
    public void Each_line_is_judged_for_itself() =>
        Written("""["odd",{"id":"1","name":"SPP","qty":"1","price":100000,"total":"100000"}]""").ShouldBe(
            """["odd",{"id":"1","name":"SPP","qty":1,"price":"100000","total":"100000"}]""");

    static string Line(string qty) =>
        $$"""[{"id":"1","name":"SPP","qty":{{qty}},"price":"1","total":"1"}]""";

    static IReadOnlyList<Component> Read(string stored) =>
        JsonSerializer.Deserialize(stored, WireJson.Instance.IReadOnlyListComponent)!;

    static string Written(string stored) =>
        JsonSerializer.Serialize(Read(stored), WireJson.Instance.IReadOnlyListComponent);
}
