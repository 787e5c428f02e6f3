namespace Reversals.Tests.Unit;

/// <summary>virtual_account and prefix: which combinations say what.</summary>
public sealed class RequestVaTests
{
    [Theory]
    [InlineData("1234567890", "857399", "8573991234567890", null)]
    [InlineData("8573991234567890", null, "8573991234567890", null)]
    [InlineData("8573991234567890", "", "8573991234567890", null)]
    [InlineData("8573991234567890", "857399", "8573991234567890", null)]
    [InlineData("1234567890", null, "1234567890", null)]
    [InlineData("0000000001", "000000", "0000000000000001", null)]
    [InlineData("0000000001", null, "0000000001", null)]
    [InlineData(" 1234567890 ", " 857399 ", "8573991234567890", null)]
    [InlineData(null, "857399", null, "857399")]
    [InlineData("", "857399", null, "857399")]
    [InlineData(null, null, null, null)]
    public void A_virtual_account_is_put_together(
        string? account, string? prefix, string? vaNumber, string? alone)
    {
        var request = Read(account, prefix);
        request.Rejection.ShouldBeNull();
        request.VaNumber.ShouldBe(vaNumber);
        request.Prefix.ShouldBe(alone);
    }

    [Theory]
    [InlineData("123456789", null)]
    [InlineData("12345678901", null)]
    [InlineData("123456789012345", null)]
    [InlineData("12345678901234567", null)]
    [InlineData("123456789", "857399")]
    [InlineData("1234567890", "85739")]
    [InlineData("1234567890", "8573999")]
    [InlineData("8573991234567890", "857398")]
    [InlineData("8573991234567890", "85739")]
    [InlineData("7390", "857399123456")]
    [InlineData(null, "85739")]
    [InlineData(null, "abcdef")]
    [InlineData("12345 7890", "857399")]
    [InlineData("12345a7890", "857399")]
    [InlineData("-123456789", "857399")]
    [InlineData("+123456789", "857399")]
    [InlineData("12345678.0", "857399")]
    [InlineData("١٢٣٤٥٦٧٨٩٠", "857399")]
    [InlineData("１２３４５６７８９０", "857399")]
    [InlineData("1234567890", "٨٥٧٣٩٩")]
    [InlineData("1234567890\u00a0", null)]
    public void Any_other_combination_is_refused_by_name_and_rule(string? account, string? prefix)
    {
        var refusal = Read(account, prefix).Rejection!;
        refusal.Reason.ShouldBe(Reason.VaMalformed);
        refusal.Reason.Rc.ShouldBe("BILLER_INVALID_VA_NUMBER");
        refusal.Message.ShouldBe(
            "virtual_account must be 10 digits, or 16 digits beginning with prefix; prefix must be 6 digits");
    }

    static ReversalRequest Read(string? account, string? prefix) => Some.Read(Some.Json(
        $"'payment_ref':'P1','virtual_account':{Quote(account)},'prefix':{Quote(prefix)}"));

    static string Quote(string? text) => text is null ? "null" : $"'{text}'";
}
