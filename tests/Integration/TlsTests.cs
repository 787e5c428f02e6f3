using System.Security.Cryptography.X509Certificates;

namespace Reversals.Tests.Integration;

/// <summary>Whom the worker tells its passwords: only servers whose certificate it can check.</summary>
public sealed class TlsTests(Servers servers) : ServerTest(servers)
{
    const string Host = "localhost";
    const string OtherHost = "elsewhere.example";

    readonly Authority _authority = new();

    [Fact]
    public async Task The_whole_worker_runs_encrypted_with_servers_of_a_trusted_authority()
    {
        var rabbitMq = EncryptRabbitMq(_authority.Issue(Host), _authority.File);
        var postgres = EncryptPostgres(
            _authority.Issue(Host), $"SSL Mode=VerifyFull;Root Certificate={_authority.File}");
        await Box.Books.PaidAsync("P1", 10_000);
        var worker = await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
        await Until.TrueAsync(
            () => rabbitMq.Trusted >= 6,
            "one tries, one reads, one reads previews, one publishes each kind of event, and one answers gateways");
        rabbitMq.Refused.ShouldBe(0);
        postgres.Trusted.ShouldBeGreaterThan(0);
        (await worker.ReadyAsync()).Problem.ShouldBeNull();
    }

    [Theory]
    [InlineData("self-signed", "UntrustedRoot")]
    [InlineData("for another host", "name of another host")]
    [InlineData("from an authority nobody named", "PartialChain")]
    public async Task A_RabbitMQ_whose_certificate_is_wrong_is_told_nothing(string certificate, string problem)
    {
        var named = certificate.EndsWith("nobody named", StringComparison.Ordinal) ? null : _authority.File;
        var link = EncryptRabbitMq(Make(certificate), named);
        var worker = await Box.StartUnreadyWorkerAsync();
        await Until.LoggedInOneLineAsync("Nothing can be read", problem, "RabbitMq:RootCertificate");
        await Until.LoggedInOneLineAsync(
            "Publishing to RabbitMQ is interrupted", problem, "RabbitMq:RootCertificate");
        (await worker.ReadyAsync()).Problem!.ShouldContain(problem);
        link.Refused.ShouldBeGreaterThan(0);
        link.Trusted.ShouldBe(0);
    }

    [Theory]
    [Each("self-signed", "for another host", "from an authority nobody named")]
    public async Task A_PostgreSQL_whose_certificate_is_wrong_is_told_nothing(string certificate)
    {
        var named = certificate.EndsWith("nobody named", StringComparison.Ordinal) ? null : _authority.File;
        var link = EncryptPostgres(
            Make(certificate), "SSL Mode=VerifyFull" + (named is null ? "" : $";Root Certificate={named}"));
        var worker = await Box.StartUnreadyWorkerAsync();
        await Until.LoggedInOneLineAsync(
            "Nothing can be committed", "from an authority of its Root Certificate");
        (await worker.ReadyAsync()).Problem!.ShouldContain("Root Certificate");
        link.Refused.ShouldBeGreaterThan(0);
        link.Trusted.ShouldBe(0);
    }

    [Fact]
    public async Task Without_an_SSL_mode_PostgreSQL_is_encrypted_when_it_can_but_not_checked()
    {
        var link = EncryptPostgres(Authority.SelfSigned(OtherHost), "");
        await Box.StartWorkerAsync();
        link.Trusted.ShouldBeGreaterThan(0);
    }

    X509Certificate2 Make(string certificate) => certificate switch
    {
        "self-signed" => Authority.SelfSigned(Host),
        "for another host" => _authority.Issue(OtherHost),
        _ => _authority.Issue(Host),
    };

    TlsLink EncryptRabbitMq(X509Certificate2 certificate, string? rootCertificate)
    {
        Box.Keep(_authority);
        var address = new UriBuilder(Box.Settings["ConnectionStrings:RabbitMq"]!);
        var link = Box.Keep(new TlsLink(
            address.Host, address.Port > 0 ? address.Port : 5672, certificate, Greeting.None));
        (address.Scheme, address.Host, address.Port) = ("amqps", Host, link.Port);
        Box.Settings["ConnectionStrings:RabbitMq"] = address.Uri.AbsoluteUri;
        Box.Settings["RabbitMq:RootCertificate"] = rootCertificate;
        return link;
    }

    TlsLink EncryptPostgres(X509Certificate2 certificate, string tls)
    {
        Box.Keep(_authority);
        var settings = new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString);
        var link = Box.Keep(new TlsLink(settings.Host!, settings.Port, certificate, Greeting.Postgres));
        (settings.Host, settings.Port) = (Host, link.Port);
        Box.Settings["ConnectionStrings:Postgres"] = $"{settings.ConnectionString};{tls}";
        return link;
    }
}
