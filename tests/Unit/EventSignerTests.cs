using Reversals.Contracts;
using Reversals.Processing.Outbound;
using Reversals.Tests.Unit.Contract;

namespace Reversals.Tests.Unit;

/// <summary>While the key of the events changes, whoever has either key can check them.</summary>
public sealed class EventSignerTests
{
    const string Old = "the-old-key-of-the-events";
    const string New = "the-new-key-of-the-events";

    static readonly byte[] Body = ContractExamples.Bodies[Wire.PaymentReversedExchange];

    [Fact]
    public void Without_a_key_nothing_is_signed()
    {
        Headers(now: null, next: null).ShouldBeEmpty();
    }

    [Fact]
    public void The_header_beside_a_signature_names_its_key_without_giving_it_away()
    {
        var headers = Headers(Old, next: null);
        headers.Keys.ShouldBe([Wire.SignatureHeader, Wire.SignatureKeyHeader], ignoreOrder: true);
        headers[Wire.SignatureKeyHeader].ShouldBe(Signature.KeyId(Old));
        Signature.KeyId(Old).ShouldMatch("^[0-9a-f]{16}$");
        Signature.KeyId(New).Equals(Signature.KeyId(Old), StringComparison.Ordinal).ShouldBeFalse();
    }

    /// <summary>A subscriber of the first version has one header and any number of keys.</summary>
    [Fact]
    public void A_subscriber_of_the_first_version_reads_every_event_of_a_change_that_it_prepared()
    {
        foreach (var headers in (Dictionary<string, object?>[])
            [Headers(Old, next: null), Headers(Old, New), Headers(New, New), Headers(New, next: null)])
        {
            Previous.Contracts.ReversalEvent.ReadSigned(Body, Text(headers, Wire.SignatureHeader), Old, New)
                .ShouldNotBeNull();
        }

        Previous.Contracts.ReversalEvent.ReadSigned(
            Body, Text(Headers(Old, New), Wire.SignatureHeader), Old).ShouldNotBeNull();
    }

    [Theory]
    [Each(Old, New)]
    public void While_both_sign_a_subscriber_needs_only_one_of_the_keys(string key)
    {
        var headers = Headers(Old, New);
        var signatures = new EventSignatures(
            Text(headers, Wire.SignatureHeader), Text(headers, Wire.NextSignatureHeader));
        ReversalEvent.ReadSigned(Body, signatures, key).ShouldBeOfType<PaymentReversed>();
        Should.Throw<InvalidDataException>(() => ReversalEvent.ReadSigned(Body, signatures, "another-key"));
        headers[Wire.SignatureKeyHeader].ShouldBe(Signature.KeyId(Old));
        headers[Wire.NextSignatureKeyHeader].ShouldBe(Signature.KeyId(New));
    }

    [Fact]
    public void A_signature_over_other_bytes_is_none_whichever_header_holds_it()
    {
        var headers = Headers(Old, New);
        byte[] changed = [.. Body[..^1], (byte)' ', Body[^1]];
        Should.Throw<InvalidDataException>(() => ReversalEvent.ReadSigned(
            changed,
            new EventSignatures(
                Text(headers, Wire.SignatureHeader), Text(headers, Wire.NextSignatureHeader)),
            Old, New));
    }

    [Fact]
    public void Once_both_settings_hold_the_new_key_there_is_one_signature()
    {
        Headers(New, New).Keys.ShouldBe([Wire.SignatureHeader, Wire.SignatureKeyHeader], ignoreOrder: true);
    }

    [Theory]
    [InlineData("short", "at least 8 characters")]
    [InlineData(Settings.Secret + "-1", "expected a key of its own, found a client's key")]
    public void The_key_that_follows_is_judged_as_the_first(string key, string says) =>
        Settings.Problems(("Events:NextSigningKey", key)).ShouldHaveSingleItem().ShouldContain(says);

    [Fact]
    public void A_key_that_follows_none_is_named() =>
        Settings.Problems(("Events:NextSigningKey", New), ("Events:SigningKey", null))
            .ShouldHaveSingleItem().ShouldContain("expected Events:SigningKey beside it");

    static Dictionary<string, object?> Headers(string? now, string? next)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        new EventSigner(new EventOptions { SigningKey = now, NextSigningKey = next }).Sign(headers, Body);
        return headers;
    }

    static string? Text(Dictionary<string, object?> headers, string name) =>
        headers.GetValueOrDefault(name) as string;
}
