using System.Numerics;
using CsCheck;

namespace Reversals.Tests.Unit;

/// <summary>The amount is judged by the text that stands in the body, before anything could round
/// it.</summary>
public sealed class RequestAmountTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("10000", "10000")]
    [InlineData("0.01", "0.01")]
    [InlineData("0.1", "0.1")]
    [InlineData("0.10", "0.1")]
    [InlineData("10000.0", "10000")]
    [InlineData("10000.00", "10000")]
    [InlineData("10000.5", "10000.5")]
    [InlineData("123456789012345", "123456789012345")]
    [InlineData("999999999999999", "999999999999999")]
    [InlineData("999999999999999.99", "999999999999999.99")]
    [InlineData("900719925474099.3", "900719925474099.3")]
    [InlineData("\"10000\"", "10000")]
    [InlineData("\"10000.00\"", "10000")]
    [InlineData("\"0.01\"", "0.01")]
    [InlineData("\" 10000 \"", "10000")]
    [InlineData("\"999999999999999.99\"", "999999999999999.99")]
    [InlineData(@"""1\u0030""", "10")]
    public void An_amount_is_read_exactly(string token, string amount)
    {
        var request = Read(token);
        request.Rejection.ShouldBeNull();
        request.Amount.ShouldBe(decimal.Parse(amount, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void No_amount_means_all_that_is_left()
    {
        var request = Some.Read("""{"payment_ref":"P1"}""");
        request.Rejection.ShouldBeNull();
        request.Amount.ShouldBeNull();
    }

    [Theory]
    [Each("null", "\"\"", "\" \"", @"""\u0020""")]
    public void An_amount_that_got_lost_on_the_way_does_not_reverse_everything(string token)
    {
        var refusal = Read(token).Rejection!;
        refusal.Reason.ShouldBe(Reason.AmountInvalid);
        refusal.Message.ShouldBe(
            "amount must not be empty; leave the field out to reverse all that is left");
        Some.Read($$"""{"payment_ref":"P1","\u0061mount":{{token}}}""").Rejection.ShouldBe(refusal);
    }

    /// <summary>Each row is refused as a number, and again as a string.</summary>
    [Theory]
    [Each(
        "0", "0.0", "0.00", "-0", "-1", "-0.01", "1e4", "1E4", "1e+4", "1e0", "1e-2", "1.0e4", "1e400",
        "1.005", "1.000", "0.001", "0.999999999999999999999999999999999", "1000000000000000",
        "1000000000000000.00", "999999999999999.999", "9999999999999999999999999999999999")]
    public void A_number_of_another_shape_is_refused(string number)
    {
        Read(number).Rejection!.Reason.ShouldBe(Reason.AmountInvalid);
        Read($"\"{number}\"").Rejection!.Reason.ShouldBe(Reason.AmountInvalid);
    }

    /// <summary>Each row is no JSON at all without quotes.</summary>
    [Theory]
    [Each(
        "01", "00", "00.01", "010000", "+1", "1.", ".5", ".", "-", "5-", "--1", "(5)", "1,00", "1.000.000",
        "1,000,000", "1 000", "1_000", "0x10", "NaN", "Infinity", "∞", "1e", "Rp10000", "10000 IDR", "$1",
        "1%", "½", "١٠٠", "１０", "१", "1\u00a0", "1\u2003", "1\u200b", "\u22121", "ten", "true ")]
    public void A_string_of_another_shape_is_refused(string text) =>
        Read($"\"{text}\"").Rejection!.Reason.ShouldBe(Reason.AmountInvalid);

    [Theory]
    [Each("01", "+1", "1.", ".5", "1,00", "1e", "0x10", "NaN", "١٠٠")]
    public void What_JSON_does_not_call_a_number_is_malformed(string token) =>
        Read(token).Rejection!.Reason.ShouldBe(Reason.MalformedBody);

    [Theory]
    [Each("true", "false", "{}", "[]", "[10000]", """{"value":10000}""")]
    public void A_value_of_another_type_is_refused_and_told_what_is_expected(string token)
    {
        var refusal = Read(token).Rejection!;
        refusal.Reason.ShouldBe(Reason.AmountInvalid);
        refusal.Message.ShouldContain("amount");
        refusal.Message.ShouldNotContain("must be a string", customMessage: "the page asks for a number");
    }

    [Fact]
    public void The_message_names_the_field_and_its_rule() =>
        Read("0").Rejection!.Message.ShouldBe(
            "amount must be above 0, with at most 15 digits and at most two decimals");

    /// <summary>An oracle that knows no decimals: the digits, counted in cents.</summary>
    [Fact]
    public void An_amount_is_accepted_as_the_digits_that_stand_there_or_not_at_all()
    {
        var digits = Gen.Char['0', '9'].Array;
        var fraction = Gen.OneOf(Gen.Const(""), digits[1, 2].Select(Point), digits[0, 4].Select(Point));
        var whole = Gen.OneOf(digits[1, 3], digits[1, 15], digits[14, 17]).Select(text => new string(text));

        Gen.Select(whole, fraction).Sample(
            (left, right) =>
            {
                var fits = left.Length <= 15 && (left.Length == 1 || left[0] != '0')
                    && right.Length is 0 or 2 or 3;
                var decimals = right.TrimStart('.').PadRight(2, '0');
                var cents = fits ? BigInteger.Parse(left + decimals, Invariant) : 0;

                var request = Read($"\"{left}{right}\"");

                request.Rejection?.Reason.ShouldBe(Reason.AmountInvalid);
                ((BigInteger)((request.Amount ?? 0) * 100)).ShouldBe(cents);
                (request.Rejection is null).ShouldBe(cents > 0);
                if (cents > 0)
                {
                    Read(left + right).Amount.ShouldBe(request.Amount);
                }
            },
            iter: 5_000);

        static string Point(char[] text) => "." + new string(text);
    }

    static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    static ReversalRequest Read(string token) => Some.Read($$"""{"payment_ref":"P1","amount":{{token}}}""");
}
