namespace Reversals.Tests.Unit;

/// <summary>The body as a whole: one strict JSON object, and nothing two readers could understand
/// differently.</summary>
public sealed class RequestJsonTests
{
    const string Good = """{"payment_ref":"P1","amount":10000}""";

    [Theory]
    [InlineData(Good)]
    [InlineData(" \t\r\n{ \"payment_ref\" : \"P1\" }\n")]
    [InlineData("""{"payment_ref":"P1","note":"INV\/01 \u00e9 é 😀 \ud83d\ude00"}""")]
    [InlineData("""{"payment_ref":"P1","note":{"a":[1e400,-0.5,true,false,null,"",{}]}}""")]
    [InlineData("""{"payment_ref":"P1","deep":[[[[[[[]]]]]]]}""")]
    [InlineData("""{"payment_ref":"P1","deep":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}""")]
    [InlineData("""{"payment_ref":"P1","one":{"same":1},"two":{"same":1,"Amount":1},"Note":"x","NOTE":0}""")]
    [InlineData("""{"p\u0061yment_ref":"P1"}""")]
    public void One_strict_object_is_read(string body)
    {
        var request = Some.Read(body);
        request.Rejection.ShouldBeNull();
        request.PaymentRef.ShouldBe("P1");
    }

    [Theory]
    [Each(
        "", " ", "[]", "[" + Good + "]", "null", "true", "10000", "\"text\"", "{", "}", Good + Good,
        Good + "x", Good + "\0", "\ufeff" + Good, "payment_ref=P1&amount=10000", "<reversal/>",
        """{"payment_ref":"P1",}""", """{"payment_ref":"P1","list":[1,]}""", """{,"payment_ref":"P1"}""",
        """{"payment_ref":"P1" "amount":1}""", """{"payment_ref":"P1"/* why */}""",
        "{\"payment_ref\":\"P1\"} // why", "{'payment_ref':'P1'}", "{payment_ref:\"P1\"}",
        """{"payment_ref":"P1","x":NaN}""", """{"payment_ref":"P1","x":undefined}""",
        """{"payment_ref":"P1","x":"\x41"}""", """{"payment_ref":"P1","x":"\u12g4"}""",
        """{"payment_ref":"P1","deep":[[[[[[[[]]]]]]]]}""",
        """{"payment_ref":"P1","deep":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}""")]
    public void Anything_else_is_malformed(string body) =>
        Some.Read(body).Rejection!.Reason.ShouldBe(Reason.MalformedBody);

    [Theory]
    [Each(
        """{"payment_ref":"P1","amount":1,"amount":2}""", """{"payment_ref":"P1","amount":1,"amount":1}""",
        """{"payment_ref":"P1","amount":1,"\u0061mount":2}""",
        """{"payment_ref":"P1","\u0061mount":1,"\u0061\u006dount":2}""",
        """{"payment_ref":"P1","payment_ref":null}""", """{"payment_ref":"P1","ignored":1,"ignored":2}""",
        """{"payment_ref":"P1","ignored":{"a":1,"b":2,"a":3}}""",
        """{"payment_ref":"P1","ignored":[{"a":{"b":1,"\u0062":2}}]}""")]
    public void A_name_that_stands_twice_in_one_object_is_malformed(string body) =>
        Some.Read(body).Rejection!.Reason.ShouldBe(Reason.MalformedBody);

    [Theory]
    [Each(
        @"\u0000", @"\t", @"\n", @"\b", @"\u001f", @"\u007f", @"\u0085", "\u009f", "\t", "\0", "\u007f",
        @"\ud800", @"\udc00", @"\ud800x", @"\ud800\ud800", @"\udc00\ud800")]
    public void A_control_character_or_half_a_surrogate_pair_is_malformed_wherever_it_stands(string text)
    {
        string[] bodies =
        [
            $$$"""{"payment_ref":"P{{{text}}}1"}""",
            $$$"""{"payment_ref":"P1","reference_id":"{{{text}}}"}""",
            $$$"""{"payment_ref":"P1","channel":"bca{{{text}}}"}""",
            $$$"""{"payment_ref":"P1","amount":"1{{{text}}}"}""",
            $$$"""{"payment_ref":"P1","ignored":"{{{text}}}"}""",
            $$$"""{"payment_ref":"P1","ignored":[{"a":["{{{text}}}"]}]}""",
            $$$"""{"payment_ref":"P1","{{{text}}}":1}""",
            $$$"""{"payment_ref":"P1","ignored":{"a{{{text}}}":null}}""",
        ];

        foreach (var body in bodies)
        {
            Some.Read(body).Rejection.ShouldNotBeNull(body).Reason.ShouldBe(Reason.MalformedBody, body);
        }
    }

    [Theory]
    [Each("ff", "80", "c080", "c3", "eda080", "f4908080", "f08080")]
    public void What_is_not_UTF_8_is_malformed(string hex)
    {
        byte[] body = [.. "{\"payment_ref\":\"P1\",\"x\":\""u8, .. Convert.FromHexString(hex), .. "\"}"u8];
        Read(body).Rejection!.Reason.ShouldBe(Reason.MalformedBody);
    }

    [Fact]
    public void Other_encodings_of_Unicode_are_malformed()
    {
        Encoding[] encodings =
            [Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UTF8Encoding(true)];

        foreach (var encoding in encodings)
        {
            Read([.. encoding.GetPreamble(), .. encoding.GetBytes(Good)]).Rejection!.Reason
                .ShouldBe(Reason.MalformedBody, encoding.EncodingName);
        }
    }

    [Fact]
    public void A_body_cut_off_anywhere_is_malformed()
    {
        var body = Encoding.UTF8.GetBytes(Good);
        for (var length = 0; length < body.Length; length++)
        {
            Read(body[..length]).Rejection!.Reason.ShouldBe(Reason.MalformedBody);
        }
    }

    [Fact]
    public void The_message_says_where_the_body_stops_being_JSON_and_repeats_none_of_it()
    {
        var refusal = Some.Read("{\"payment_ref\":\"P1\",\n\"amount\":secret}").Rejection!;

        refusal.Message.ShouldContain("line 2, byte 10");
        refusal.Message.ShouldNotContain("secret");
        Some.Read("[]").Rejection!.Message.ShouldBe("body must be one JSON object");
        Some.Read("""{"x":"\u0000"}""").Rejection!.Message.ShouldContain("control character");
        Some.Read("""{"x":"\ud800"}""").Rejection!.Message.ShouldContain("surrogate");
        Read([0xff]).Rejection!.Message.ShouldContain("UTF-8");
    }

    [Fact]
    public void A_malformed_body_names_nothing()
    {
        var request = Some.Read(Good + ",");
        request.Key.ShouldBeNull();
        request.PaymentRef.ShouldBeNull();
        request.ClientId.ShouldBe(Some.Client);
    }

    static ReversalRequest Read(byte[] body) =>
        RequestReader.Read(new ReversalRequested { Body = body }, Some.Client, Some.Now);
}
