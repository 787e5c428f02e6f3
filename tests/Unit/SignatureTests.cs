using CsCheck;

namespace Reversals.Tests.Unit;

/// <summary>The signature over the exact bytes, with the vectors every client can check itself
/// against.</summary>
public sealed class SignatureTests
{
    internal const string PageExample =
        "{\"payment_ref\":\"1234567890\",\"amount\":10000,\"reference_id\":\"abcRef13456789\"," +
        "\"virtual_account\":\"1234567890\",\"channel\":\"bank_name\",\"prefix\":\"857399\"}";

    const string Key = "test-api-key";
    const string Hex = "28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867";

    [Theory]
    [InlineData("1234567890", Hex)]
    [InlineData("INV/01", "4234c5f57612028bd0589e06d117156d29c025cd9ebc8ddf862abdf0f2d246d8")]
    [InlineData(@"INV\/01", "60a7a12650a2827e33b73de8afce94b1a9887be244d424236a4096a5f97427a3")]
    public void The_vectors_hold(string paymentRef, string signature)
    {
        var body = PageExample.Replace(
            "\"payment_ref\":\"1234567890\"", $"\"payment_ref\":\"{paymentRef}\"", StringComparison.Ordinal);
        Signature.Compute(Encoding.UTF8.GetBytes(body), Key).ShouldBe(signature);
        Verify(signature, body).ShouldBeTrue();
        Verify(signature.ToUpperInvariant(), body).ShouldBeTrue();
    }

    [Fact]
    public void Two_ways_to_write_the_same_text_are_two_bodies() =>
        Verify("4234c5f57612028bd0589e06d117156d29c025cd9ebc8ddf862abdf0f2d246d8",
            PageExample.Replace("\"1234567890\",\"amount", "\"INV\\/01\",\"amount", StringComparison.Ordinal))
            .ShouldBeFalse();

    [Theory]
    [Each(
        null, "", "28e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a486", Hex + "0", Hex + " ",
        " " + Hex, Hex + Hex, "sha256=" + Hex,
        "g8e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867",
        "0x" + "e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867",
        "２8e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867",
        "٢8e93f116de7fe51dd5f2fd0f186a363da79ef90627701348efb8f7ac49a4867",
        "KOk/EW3n/lHdXy/Q8YajY9p575BidwE0jvuPesSaSGc=")]
    public void What_is_not_64_hex_characters_is_no_signature(string? text)
    {
        Signature.IsWellFormed(text).ShouldBeFalse();
        Verify(text, PageExample).ShouldBeFalse();
    }

    [Fact]
    public void Both_cases_may_be_mixed()
    {
        var mixed = Hex.Select((digit, place) => place % 2 == 0 ? char.ToUpperInvariant(digit) : digit);
        Verify(string.Concat(mixed), PageExample).ShouldBeTrue();
    }

    [Fact]
    public void Another_key_another_body_or_another_signature_is_refused()
    {
        var bytes = Encoding.UTF8.GetBytes(PageExample);

        Signature.Verify(bytes, "test-api-kez"u8, Hex).ShouldBeFalse();
        Signature.Verify(bytes, "test-api-key "u8, Hex).ShouldBeFalse();
        Signature.Verify(bytes, "Test-Api-Key"u8, Hex).ShouldBeFalse();
        Verify(Hex, PageExample + " ").ShouldBeFalse();
        Verify(Hex, "").ShouldBeFalse();
        Verify(new string('0', Signature.HexLength), PageExample).ShouldBeFalse();
    }

    [Fact]
    public void A_key_beyond_ASCII_counts_as_its_UTF_8_bytes()
    {
        const string key = "kunci-rahasia-é";
        var signature = Signature.Compute("{}"u8, key);
        Signature.Verify("{}"u8, Encoding.UTF8.GetBytes(key), signature).ShouldBeTrue();
        Signature.Verify("{}"u8, Encoding.Latin1.GetBytes(key), signature).ShouldBeFalse();
    }

    [Fact]
    public void Every_body_is_verified_with_its_own_signature_and_with_no_bit_changed()
    {
        var any = Gen.Select(Gen.Byte.Array[1, 200], Gen.String[8, 20], Gen.Int[0, 100_000]);

        any.Sample((body, key, place) =>
        {
            var signature = Signature.Compute(body, key);
            var bytes = Encoding.UTF8.GetBytes(key);
            Signature.Verify(body, bytes, signature).ShouldBeTrue();

            body[place % body.Length] ^= (byte)(1 << (place % 8));
            Signature.Verify(body, bytes, signature).ShouldBeFalse();
        });
    }

    static bool Verify(string? signature, string body) =>
        Signature.Verify(Encoding.UTF8.GetBytes(body), Encoding.UTF8.GetBytes(Key), signature);
}
