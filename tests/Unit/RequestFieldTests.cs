namespace Reversals.Tests.Unit;

/// <summary>The fields besides the amount: their shapes, what is trimmed, and which refusal is
/// named.</summary>
public sealed class RequestFieldTests
{
    const string Ref64 = "0123456789012345678901234567890123456789012345678901234567890123";

    [Theory]
    [InlineData("payment_ref", "P", "P")]
    [InlineData("payment_ref", "  P1  ", "P1")]
    [InlineData("payment_ref", "INV/01 ~!", "INV/01 ~!")]
    [InlineData("payment_ref", Ref64, Ref64)]
    [InlineData("payment_ref", "   " + Ref64 + "   ", Ref64)]
    [InlineData("reference_id", "abcde", "abcde")]
    [InlineData("reference_id", " abcde ", "abcde")]
    [InlineData("reference_id", Ref64, Ref64)]
    public void A_reference_is_trimmed_and_kept(string field, string sent, string kept)
    {
        var request = Some.Read(Some.Json($"'{field}':'{sent}'"));
        request.Rejection.ShouldBeNull();
        (field is "payment_ref" ? request.PaymentRef : request.ReferenceId).ShouldBe(kept);
    }

    [Theory]
    [InlineData("payment_ref", "'" + Ref64 + "x'", 1)]
    [InlineData("payment_ref", "'Pé'", 1)]
    [InlineData("payment_ref", "'\u00a0'", 1)]
    [InlineData("payment_ref", "'\u0661'", 1)]
    [InlineData("reference_id", "'abcd'", 5)]
    [InlineData("reference_id", "' abcd '", 5)]
    [InlineData("reference_id", "'" + Ref64 + "x'", 5)]
    [InlineData("reference_id", "'abcd\u00e9'", 5)]
    [InlineData("reference_id", "'abcde\u2003'", 5)]
    public void A_reference_of_another_shape_is_refused_by_name_and_rule(
        string field, string value, int shortest)
    {
        var refusal = Some.Read(Some.Json($"'{field}':{value}")).Rejection!;
        refusal.Reason.ShouldBe(Reason.InvalidField);
        refusal.Message.ShouldBe($"{field} must be {shortest} to 64 printable ASCII characters");
    }

    [Theory]
    [InlineData("Amount", "amount")]
    [InlineData("AMOUNT", "amount")]
    [InlineData("amounT", "amount")]
    [InlineData("\\u0041mount", "amount")]
    [InlineData("am\\u004funt", "amount")]
    [InlineData("PAYMENT_REF", "payment_ref")]
    [InlineData("Payment_Ref", "payment_ref")]
    [InlineData("Reference_id", "reference_id")]
    [InlineData("reference_ID", "reference_id")]
    [InlineData("Virtual_Account", "virtual_account")]
    [InlineData("Prefix", "prefix")]
    [InlineData("CHANNEL", "channel")]
    public void A_fields_name_in_other_case_is_refused_and_told_how_it_is_written(string sent, string known)
    {
        foreach (var value in (string[])["'1234567890'", "20000", "null", "{}"])
        {
            foreach (var names in (string[])["'payment_ref':'P1','reference_id':'request-1',", ""])
            {
                var refusal = Some.Read(Some.Json($"{names}'{sent}':{value}")).Rejection!;
                refusal.Reason.ShouldBe(Reason.InvalidField);
                refusal.Message.ShouldEndWith($" must be written {known}");
                refusal.Message.ShouldStartWith(known, Case.Insensitive);
            }
        }
    }

    [Theory]
    [Each("amounts", "amount_", "paymentRef", "\u212aamount", "\\u00c4mount")]
    public void Other_names_are_ignored(string name) =>
        Some.Read(Some.Json($"'payment_ref':'P1','{name}':1")).Rejection.ShouldBeNull();

    [Theory]
    [InlineData("payment_ref", "INVALID_FIELD")]
    [InlineData("reference_id", "INVALID_FIELD")]
    [InlineData("channel", "INVALID_FIELD")]
    [InlineData("virtual_account", "VA_MALFORMED")]
    [InlineData("prefix", "VA_MALFORMED")]
    public void A_field_of_another_type_is_refused_by_name(string field, string reason)
    {
        foreach (var value in (string[])["1234567890", "true", "[]", "{}"])
        {
            var name = field is "payment_ref" ? "reference_id" : "payment_ref";
            var refusal = Some.Read(Some.Json($"'{name}':'abcde','{field}':{value}")).Rejection!;

            refusal.Reason.Code.ShouldBe(reason, value);
            refusal.Message.ShouldBe($"{field} must be a string", value);
        }
    }

    [Theory]
    [InlineData("bca", "bca")]
    [InlineData(" BCA ", "bca")]
    [InlineData("bank_name", null)]
    [InlineData(" bank_name ", null)]
    [InlineData("bank_name2", "bank_name2")]
    [InlineData("12345678901234567890123456789012", "12345678901234567890123456789012")]
    [InlineData("  12345678901234567890123456789012  ", "12345678901234567890123456789012")]
    public void A_channel_is_kept_in_lower_case_without_the_placeholder(string sent, string? kept)
    {
        var request = Some.Read(Some.Json($"'payment_ref':'P1','channel':'{sent}'"));
        request.Rejection.ShouldBeNull();
        request.Channel.ShouldBe(kept);
    }

    [Fact]
    public void A_channel_of_33_characters_is_refused_by_name_and_rule()
    {
        var channel = new string('x', 33);
        var refusal = Some.Read(Some.Json($"'payment_ref':'P1','channel':'{channel}'")).Rejection!;
        refusal.Reason.ShouldBe(Reason.InvalidField);
        refusal.Message.ShouldBe("channel must be at most 32 characters");
    }

    [Theory]
    [Each("null", "''", "'   '")]
    public void Null_and_empty_are_the_same_as_missing_but_for_the_amount(string nothing)
    {
        var request = Some.Read(Some.Json(
            $"'payment_ref':'P1','reference_id':{nothing},'virtual_account':{nothing}," +
            $"'prefix':{nothing},'channel':{nothing}"));

        request.ShouldBe(Some.Read(Some.Json("'payment_ref':'P1'")));
        request.ReferenceId.ShouldBeNull();
        request.VaNumber.ShouldBeNull();
        request.Prefix.ShouldBeNull();
        request.Channel.ShouldBeNull();
    }

    [Theory]
    [InlineData("'reference_id':'abcde','payment_ref':'P1'", "abcde")]
    [InlineData("'reference_id':'abcde'", "abcde")]
    [InlineData("'payment_ref':'P1'", "payment_ref:P1")]
    [InlineData("'reference_id':' ','payment_ref':' P1 '", "payment_ref:P1")]
    public void The_key_is_the_reference_or_else_derived_from_the_payment_ref(string members, string key) =>
        Some.Read(Some.Json(members)).Key.ShouldBe(key);

    [Theory]
    [Each(
        "", "'amount':10000,'virtual_account':'1234567890','prefix':'857399'",
        "'payment_ref':'','reference_id':null", "'paymentRef':'P1','reference':'abcde'")]
    public void A_request_that_names_nothing_is_refused(string members)
    {
        var request = Some.Read(Some.Json(members));
        request.Rejection!.Reason.ShouldBe(Reason.NoIdentifier);
        request.Rejection.Message.ShouldBe("give reference_id or payment_ref");
        request.Key.ShouldBeNull();
    }

    [Theory]
    [InlineData("'channel':7,'amount':0,'prefix':'x',", "MALFORMED_BODY")]
    [InlineData("'channel':7,'amount':0,'prefix':'x'", "INVALID_FIELD")]
    [InlineData("'reference_id':'abcd','amount':0,'prefix':'x'", "INVALID_FIELD")]
    [InlineData("'amount':0,'prefix':'x'", "NO_IDENTIFIER")]
    [InlineData("'payment_ref':'P1','prefix':'x','amount':0", "AMOUNT_INVALID")]
    [InlineData("'payment_ref':'P1','prefix':'x','amount':1", "VA_MALFORMED")]
    public void Of_several_broken_fields_the_first_in_order_of_precedence_is_named(
        string members, string reason) =>
        Some.Read(Some.Json(members)).Rejection!.Reason.Code.ShouldBe(reason);

    [Theory]
    [Each(
        "'payment_ref':'sécret'", "'payment_ref':'P1','channel':'secret-secret-secret-secret-secret'",
        "'payment_ref':'P1','amount':'secret'", "'payment_ref':'P1','virtual_account':'secret'",
        "'payment_ref':'P1','prefix':'secret!'", "'payment_ref':'P1','secret':1,'secret':2")]
    public void No_message_repeats_what_was_sent(string members)
    {
        var message = Some.Read(Some.Json(members)).Rejection!.Message;
        message.ShouldNotContain("cret", Case.Insensitive);
    }

    [Fact]
    public void The_pages_example_is_read()
    {
        var request = Some.Read(SignatureTests.PageExample);

        request.ShouldBe(new ReversalRequest
        {
            ClientId = Some.Client,
            SentAt = Some.Now,
            ReceivedAt = Some.Now,
            PaymentRef = "1234567890",
            ReferenceId = "abcRef13456789",
            Amount = 10_000,
            VaNumber = "8573991234567890",
        });
    }
}
