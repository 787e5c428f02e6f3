namespace Reversals.Tests.Unit;

/// <summary>The body that a C# upstream sends: what the package writes is what the worker reads.</summary>
public sealed class RequestBodyTests
{
    [Fact]
    public void The_specifications_example_is_written_byte_by_byte_and_signed()
    {
        var signed = new ReversalRequestBody
        {
            PaymentRef = "1234567890",
            Amount = 10_000,
            ReferenceId = "abcRef13456789",
            VirtualAccount = "1234567890",
            Channel = "bank_name",
            Prefix = "857399",
        }.Sign("demo", "test-api-key");

        Encoding.UTF8.GetString(signed.Body.Span).ShouldBe(SignatureTests.PageExample);
        signed.Signature.ShouldBe("28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867");
        signed.CreateHeaders().ShouldBe(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["Client-Id"] = "demo",
            ["Signature"] = signed.Signature,
        });
        (signed with { PendingFor = 0 }).CreateHeaders()["Pending-For"].ShouldBe("0");
    }

    [Fact]
    public void What_is_null_is_left_out()
    {
        var body = new ReversalRequestBody { PaymentRef = "P1" }.ToJson();

        Encoding.UTF8.GetString(body.Span).ShouldBe("""{"payment_ref":"P1"}""");
    }

    [Theory]
    [InlineData("P1", "é-ünïcode-<&>", "10000.50")]
    [InlineData("INV/01", null, "0.01")]
    [InlineData(null, "bank \"x\"", "999999999999999.99")]
    public void The_worker_reads_what_the_package_writes(string? paymentRef, string? channel, string amount)
    {
        var value = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
        var body = new ReversalRequestBody
        {
            PaymentRef = paymentRef,
            ReferenceId = "request-1",
            Amount = value,
            Channel = channel,
        }.ToJson();

        var read = RequestReader.Read(new ReversalRequested { Body = body }, Some.Client, Some.Now);

        read.Rejection.ShouldBeNull();
        read.Amount.ShouldBe(value);
        (read.PaymentRef, read.Channel).ShouldBe((paymentRef, channel));
    }

    [Fact]
    public void Nothing_is_signed_for_nobody_or_without_a_key()
    {
        Should.Throw<ArgumentException>(() => new ReversalRequestBody { PaymentRef = "P1" }.Sign(" ", "key"));
        Should.Throw<ArgumentException>(() => new ReversalRequestBody { PaymentRef = "P1" }.Sign("demo", ""));
    }
}
