namespace Reversals.Tests.Unit;

/// <summary>A key is one client's, and of characters that whoever set it can see.</summary>
public sealed class KeyTests
{
    const string Key = Settings.Secret;

    [Theory]
    [InlineData(Key + "-1", "globex-k3y", "Clients:acme:ApiKeys:0")]
    [InlineData("globex-k3y", Key + "-1", "Clients:acme:ApiKeys:0")]
    [InlineData(Key + "-2", "globex-k3y", "Clients:acme:ApiKeys:1")]
    [InlineData("globex-k3y", Key + "-2", "Clients:acme:ApiKeys:1")]
    public void Two_clients_of_one_key_stop_the_start_whichever_of_their_keys_it_is(
        string first, string second, string same)
    {
        var problem = Settings.Problems(
            ("Clients:globex:ApiKeys:0", first), ("Clients:globex:ApiKeys:1", second)).ShouldHaveSingleItem();
        problem.ShouldStartWith("Clients:globex:ApiKeys:");
        problem.ShouldContain($"found that of {same}");
        problem.ShouldContain("the clients acme and globex");
        problem.ShouldNotContain("k3y");
    }

    [Fact]
    public void Keys_of_two_clients_are_the_same_when_they_sign_the_same()
    {
        // HMAC takes the hash of a key that is longer than a block for the key itself.
        const string text = "a-key-that-is-much-longer-than-a-block-of-SHA-256-and-is-hashed-itself-for-that";
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text));
        Signature.Compute("x"u8, hash).ShouldBe(Signature.Compute("x"u8, text), "that is how HMAC is");

        Settings.Problems(("Clients:globex:ApiKeys:0", Key + "-1\r\n")).ShouldHaveSingleItem()
            .ShouldContain("acme and globex");
    }

    [Fact]
    public void One_client_may_have_a_key_twice_while_it_is_changed() =>
        Settings.Read(("Clients:acme:ApiKeys:1", Key + "-1")).Clients["acme"].ApiKeys.Count.ShouldBe(2);

    [Fact]
    public void The_key_of_the_events_is_no_clients() =>
        Settings.Problems(("Events:SigningKey", Key + "-2")).ShouldHaveSingleItem()
            .ShouldBe(
                "Events:SigningKey: expected a key of its own, found a client's key, Clients:acme:ApiKeys:1");

    [Theory]
    [Each("\n", "\r\n", "\n\n\n", "\r\n\r\n")]
    public void The_line_ends_behind_a_value_are_not_part_of_it(string ends)
    {
        var options = Settings.Read(
            ("Clients:acme:ApiKeys:0", Key + ends), ("Events:SigningKey", "the-events-own" + ends),
            ("Batching:Limit", "7" + ends), ("Clients:acme:StatusAfterReversal", "reversal" + ends),
            ("ConnectionStrings:RabbitMq", "amqp://u:p@broker/v" + ends));

        options.Clients["acme"].ApiKeys[0].ShouldBe(Key);
        options.Events.SigningKey.ShouldBe("the-events-own");
        options.Batching.Limit.ShouldBe(7);
        options.Clients["acme"].StatusAfterReversal.ShouldBe("reversal");
        options.ConnectionStrings.RabbitMq.ShouldBe("amqp://u:p@broker/v");
    }

    [Theory]
    [InlineData("\t", "U+0009")]
    [InlineData("\0", "U+0000")]
    [InlineData("\n", "U+000A")]
    [InlineData("\r", "U+000D")]
    [InlineData("\u007f", "U+007F")]
    [InlineData("\u0085", "U+0085")]
    [InlineData("\ufeff", "U+FEFF")]
    [InlineData("\u200b", "U+200B")]
    [InlineData("\u202e", "U+202E")]
    [InlineData("\u2028", "U+2028")]
    [InlineData("\ufffd", "U+FFFD")]
    [InlineData("\U000e0041", "U+E0041")]
    public void A_character_that_nobody_sees_in_a_secret_stops_the_start_and_is_named(
        string hidden, string code)
    {
        foreach (var setting in (string[])["Clients:acme:ApiKeys:1", "Events:SigningKey"])
        {
            foreach (var value in (string[])[hidden + "s3cr3t-long", "s3cr3t" + hidden + "-long"])
            {
                var problem = Settings.Problems((setting, value)).ShouldHaveSingleItem();
                problem.ShouldStartWith(setting + ": expected characters that can be seen");
                var place = value.IndexOf(hidden, StringComparison.Ordinal) + 1;
                problem.ShouldContain($"found {code} as character {place}");
                problem.ShouldNotContain("s3cr3t");
            }
        }
    }

    [Fact]
    public void Spaces_and_letters_of_every_script_are_parts_of_a_key() =>
        Settings.Read(("Clients:acme:ApiKeys:0", " kunci é 😀 "))
            .Clients["acme"].ApiKeys[0].ShouldBe(" kunci é 😀 ");
}
