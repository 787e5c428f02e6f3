namespace Reversals.Tests.Unit;

/// <summary>Whose message it is.</summary>
public sealed class AuthenticatorTests
{
    const string Body = """{"payment_ref":"P1"}""";
    const string Key = "acme-key-1";
    const string OtherKey = "globex-key-1";
    const string WellFormed = "0000000000000000000000000000000000000000000000000000000000000000";

    static readonly Authenticator One = Authenticator((Some.Client, [Key]));
    static readonly Authenticator Two = Authenticator((Some.Client, [Key]), (Some.OtherClient, [OtherKey]));

    [Fact]
    public void A_body_signed_with_the_clients_key_is_the_clients()
    {
        Two.Check(Signed(Key, Some.Client)).ShouldBe(new() { ClientId = Some.Client });
        Two.Check(Signed(OtherKey, Some.OtherClient)).ShouldBe(new() { ClientId = Some.OtherClient });
    }

    [Fact]
    public void Every_active_key_counts_and_a_withdrawn_one_does_not()
    {
        var authenticator = Authenticator((Some.Client, ["acme-key-2", "acme-key-3", "acme-key-é"]));
        authenticator.Check(Signed("acme-key-2", Some.Client)).Failure.ShouldBeNull();
        authenticator.Check(Signed("acme-key-3", Some.Client)).Failure.ShouldBeNull();
        authenticator.Check(Signed("acme-key-é", Some.Client)).Failure.ShouldBeNull();
        authenticator.Check(Signed(Key, Some.Client)).Failure.ShouldBe(Reason.SignatureInvalid);
    }

    [Theory]
    [Each(null, "")]
    public void Without_a_Client_Id_it_is_the_only_client(string? clientId) =>
        One.Check(Signed(Key, clientId)).ShouldBe(new Authentication { ClientId = Some.Client });

    [Theory]
    [Each(null, "")]
    public void Without_a_Client_Id_nobody_is_guessed_among_several(string? clientId) =>
        Two.Check(Signed(Key, clientId)).ShouldBe(new Authentication
        {
            ClientId = "unknown",
            Failure = Reason.ClientUnknown,
        });

    [Theory]
    [Each("initech", "ACME", "acme ", "unknown")]
    public void A_name_that_is_not_configured_is_unknown_even_to_an_only_client(string clientId)
    {
        var result = One.Check(Signed(Key, clientId));
        result.Failure.ShouldBe(Reason.ClientUnknown);
        result.ClientId.ShouldBe("unknown");
    }

    [Fact]
    public void One_clients_key_does_not_sign_for_another() =>
        Two.Check(Signed(OtherKey, Some.Client)).ShouldBe(new Authentication
        {
            ClientId = Some.Client,
            Failure = Reason.SignatureInvalid,
        });

    /// <summary>Missing comes before malformed, malformed before unknown, unknown before a wrong
    /// signature.</summary>
    [Theory]
    [InlineData(null, "initech", "SIGNATURE_MISSING")]
    [InlineData("", "initech", "SIGNATURE_MISSING")]
    [InlineData(null, Some.Client, "SIGNATURE_MISSING")]
    [InlineData("beef", "initech", "SIGNATURE_INVALID")]
    [InlineData("beef", Some.Client, "SIGNATURE_INVALID")]
    [InlineData(" ", Some.Client, "SIGNATURE_INVALID")]
    [InlineData(WellFormed, "initech", "CLIENT_UNKNOWN")]
    [InlineData(WellFormed, null, "CLIENT_UNKNOWN")]
    [InlineData(WellFormed, Some.Client, "SIGNATURE_INVALID")]
    public void The_first_failure_in_order_of_precedence_is_named(
        string? signature, string? clientId, string reason)
    {
        var message = Some.Message(Body) with { Signature = signature, ClientId = clientId };
        Two.Check(message).Failure!.Code.ShouldBe(reason);
    }

    [Fact]
    public void A_changed_body_is_refused()
    {
        var message = Signed(Key, Some.Client) with { Body = Encoding.UTF8.GetBytes(Body + " ") };
        One.Check(message).Failure.ShouldBe(Reason.SignatureInvalid);
    }

    [Fact]
    public void An_empty_body_can_be_signed()
    {
        var message = new ReversalRequested { Body = default, Signature = Signature.Compute([], Key) };
        One.Check(message).Failure.ShouldBeNull();
    }

    static ReversalRequested Signed(string key, string? clientId) => Some.Message(Body) with
    {
        Signature = Signature.Compute(Encoding.UTF8.GetBytes(Body), key),
        ClientId = clientId,
    };

    [Fact]
    public void Nothing_is_taken_of_a_client_that_is_disabled_and_its_name_is_known()
    {
        var body = "{}"u8.ToArray();
        var authenticator = new Authenticator(new Dictionary<string, ClientOptions>(StringComparer.Ordinal)
        {
            [Some.Client] = new() { ApiKeys = [Key], Enabled = false },
            [Some.OtherClient] = new() { ApiKeys = [OtherKey] },
        });
        foreach (var (client, key, failure) in ((string, string, Reason?)[])
            [(Some.Client, Key, Reason.ClientUnknown), (Some.OtherClient, OtherKey, null)])
        {
            authenticator.Check(new ReversalRequested
            {
                Body = body, ClientId = client, Signature = Signature.Compute(body, key),
            }).ShouldBe(new Authentication { ClientId = client, Failure = failure });
        }
    }

    static Authenticator Authenticator(params (string Id, string[] Keys)[] clients) =>
        new(clients.ToDictionary(
            client => client.Id,
            client => new ClientOptions { ApiKeys = client.Keys },
            StringComparer.Ordinal));
}
