using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Reversals.Operations.Page;

namespace Reversals.Tests.Unit;

/// <summary>A wrong setting is told at the start: which one, what is expected, what was found; never a
/// secret.</summary>
public sealed class WorkerConfigurationTests
{
    const string Secret = Settings.Secret;

    [Fact]
    public void Good_settings_are_read_and_the_rest_has_defaults()
    {
        var options = Settings.Read();

        options.Clients["acme"].ApiKeys.ShouldBe([Secret + "-1", Secret + "-2"]);
        options.Clients["acme"].StatusAfterReversal.ShouldBe("active");
        options.Clients["acme"].ReversalWindow.ShouldBeNull();
        options.Clients["acme"].MaxPending.ShouldBe(10_000);
        options.Events.SigningKey.ShouldBe(Secret + "-events");
        options.Batching.Limit.ShouldBe(500);
        options.Batching.Lanes.ShouldBe(1);
        options.Inbound.PrefetchFor(options.Batching).ShouldBe(1_000);
        options.Health.Port.ShouldBe(8080);
        Settings.Read(("Events:SigningKey", null)).Events.SigningKey.ShouldBeNull();
    }

    [Fact]
    public void Every_setting_is_read()
    {
        var options = Settings.Read(
            ("Clients:acme:StatusAfterReversal", "reversal"), ("Clients:acme:ReversalWindow", "1.00:00:00"),
            ("Clients:acme:ClockTolerance", "00:01:00"),
            ("Clients:globex:ApiKeys:0", "globex-key"), ("Inbound:PrefetchCount", "4000"),
            ("Batching:Limit", "1000"), ("Batching:Lanes", "4"), ("Batching:LongestRest", "00:00:05"),
            ("Batching:Interval", "00:00:00.003"),
            ("Outbound:ClaimLimit", "7"), ("Outbound:WaveSize", "8"), ("Outbound:Lease", "00:02:00"),
            ("Outbound:PollInterval", "00:00:02"), ("Outbound:Rest", "00:00:03"),
            ("Outbound:PublishTimeout", "00:00:04"), ("Outbound:MaxBackoff", "00:10:00"),
            ("Outbound:MaxEventBytes", "1048576"), ("Health:Address", "0.0.0.0"), ("Health:Port", "9090"),
            ("Health:OutboxAgeLimit", "00:05:00"));

        var policies = WorkerConfiguration.Policies(options);
        policies["acme"].StatusAfterReversal.ShouldBe(BillStatus.Reversal);
        policies["acme"].ReversalWindow.ShouldBe(TimeSpan.FromDays(1));
        policies["acme"].ClockTolerance.ShouldBe(TimeSpan.FromMinutes(1));
        policies["globex"].ShouldBe(new ClientPolicy());
        options.Inbound.PrefetchFor(options.Batching).ShouldBe(4_000);
        options.Outbound.ShouldBe(new OutboundOptions
        {
            ClaimLimit = 7,
            WaveSize = 8,
            Lease = TimeSpan.FromMinutes(2),
            PollInterval = TimeSpan.FromSeconds(2),
            Rest = TimeSpan.FromSeconds(3),
            MaxBackoff = TimeSpan.FromMinutes(10),
            MaxEventBytes = 1_048_576,
            PublishTimeout = TimeSpan.FromSeconds(4),
        });
        options.Batching.LongestRest.ShouldBe(TimeSpan.FromSeconds(5));
        options.Batching.Interval.ShouldBe(TimeSpan.FromMilliseconds(3));
        options.Health.ShouldBe(new HealthOptions
        {
            Address = "0.0.0.0",
            Port = 9090,
            OutboxAgeLimit = TimeSpan.FromMinutes(5),
        });
    }

    [Fact]
    public void The_page_is_off_shows_only_and_is_the_loopbacks_until_it_is_told_otherwise()
    {
        Settings.Read().Page.ShouldBe(new PageOptions
        {
            Port = null,
            Address = "127.0.0.1",
            Actions = false,
            OperatorHeader = null,
            Postgres = null,
        });
        var page = Settings.Read(
            ("Page:Port", "8090"), ("Page:Address", "0.0.0.0"), ("Page:Actions", "true"),
            ("Page:Hosts:0", "ops.example.com"), ("Page:OperatorHeader", "X-Forwarded-User"),
            ("Page:Postgres", "Host=db;Username=reversal_operator")).Page;
        page.Port.ShouldBe(8090);
        page.Address.ShouldBe("0.0.0.0");
        page.Actions.ShouldBeTrue();
        page.Hosts.ShouldBe(["ops.example.com"]);
        page.OperatorHeader.ShouldBe("X-Forwarded-User");
        page.Postgres.ShouldBe("Host=db;Username=reversal_operator");
    }

    [Fact]
    public void A_page_that_others_can_reach_acts_only_for_people_whom_a_proxy_names()
    {
        Settings.Problems(("Page:Address", "0.0.0.0"), ("Page:Actions", "true"))
            .ShouldHaveSingleItem().ShouldStartWith("Page:OperatorHeader: expected the header in which");
        Settings.Read(("Page:Address", "::1"), ("Page:Actions", "true")).Page.Actions.ShouldBeTrue();
        Settings.Read(("Page:Address", "0.0.0.0")).Page.Actions.ShouldBeFalse();
    }

    [Fact]
    public void A_setting_of_TLS_that_would_do_nothing_is_a_problem()
    {
        const string address = "amqps://worker:" + Secret + "@broker/";

        Settings.Read(("ConnectionStrings:RabbitMq", address)).RabbitMq.RootCertificate.ShouldBeNull();
        Settings.Problems(("ConnectionStrings:RabbitMq", "amqp://worker:" + Secret + "@broker:5671/"))
            .ShouldHaveSingleItem().ShouldContain("expected amqps:// with port 5671");
        Settings.Problems(("RabbitMq:RootCertificate", "authority.pem"))
            .ShouldHaveSingleItem().ShouldContain("to be amqps://");
        Settings.Problems(("ConnectionStrings:RabbitMq", address), ("RabbitMq:RootCertificate", "no/such.pem"))
            .ShouldHaveSingleItem().ShouldContain("RabbitMq:RootCertificate: expected a file");
        Settings.Problems(
            ("ConnectionStrings:RabbitMq", address),
            ("RabbitMq:RootCertificate", typeof(WorkerConfigurationTests).Assembly.Location))
            .ShouldHaveSingleItem().ShouldContain("RabbitMq:RootCertificate: expected a file");
    }

    [Fact]
    public void A_certificate_of_the_worker_needs_TLS_and_its_key_both_readable_and_a_pair()
    {
        const string address = "amqps://broker/";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=reversal-worker", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        using var certificate = new TemporaryFile(own.ExportCertificatePem());
        using var right = new TemporaryFile(key.ExportPkcs8PrivateKeyPem());
        using var wrong = new TemporaryFile(other.ExportPkcs8PrivateKeyPem());
        string Problem(string? certificateFile, string? keyFile, string to = address) => Settings.Problems(
            ("ConnectionStrings:RabbitMq", to), ("RabbitMq:ClientCertificate", certificateFile),
            ("RabbitMq:ClientKey", keyFile)).ShouldHaveSingleItem();

        Settings.Read(("ConnectionStrings:RabbitMq", address),
                ("RabbitMq:ClientCertificate", certificate.Path), ("RabbitMq:ClientKey", right.Path))
            .RabbitMq.ClientKey.ShouldBe(right.Path);
        Problem(certificate.Path, null).ShouldStartWith("RabbitMq:ClientKey: expected a file (PEM) of the key");
        Problem(null, right.Path).ShouldStartWith("RabbitMq:ClientCertificate: expected a file (PEM)");
        Problem("no/such.pem", right.Path).ShouldStartWith("RabbitMq:ClientCertificate: expected a file");
        Problem(right.Path, right.Path).ShouldContain("found none in");
        Problem(certificate.Path, "no/such.pem").ShouldStartWith("RabbitMq:ClientKey: expected a file");
        Problem(certificate.Path, certificate.Path).ShouldStartWith("RabbitMq:ClientKey: expected a file");
        Problem(certificate.Path, wrong.Path).ShouldStartWith("RabbitMq:ClientKey: expected a file");
        Problem(certificate.Path, right.Path, "amqp://broker/")
            .ShouldBe("RabbitMq:ClientCertificate: expected ConnectionStrings:RabbitMq to be amqps://, found amqp://");
    }

    sealed class TemporaryFile : IDisposable
    {
        internal TemporaryFile(string text) => File.WriteAllText(Path, text);

        internal string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }

    [Theory]
    [InlineData("ConnectionStrings:Postgres", null, "expected Host=", "found nothing")]
    [InlineData("ConnectionStrings:Postgres", " ", "expected Host=", "found nothing")]
    [InlineData("ConnectionStrings:Postgres", "Database=billing", "expected Host=", "found no Host")]
    [InlineData("ConnectionStrings:Postgres",
        "postgres://u:" + Secret + "@db/billing", "expected Host=", "found")]
    [InlineData("ConnectionStrings:Postgres",
        "postgres://u:" + Secret + "@db/b?sslmode=on", "expected Host=", "found")]
    [InlineData("ConnectionStrings:Postgres",
        "Host=db;Password=" + Secret + ";Port=x", "expected Host=", "found")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Pasword=" + Secret, "expected Host=", "found")]
    [InlineData("ConnectionStrings:RabbitMq", null, "expected amqp://", "found nothing")]
    [InlineData("ConnectionStrings:RabbitMq", "broker:5672", "expected amqp://", "found")]
    [InlineData("ConnectionStrings:RabbitMq",
        "http://u:" + Secret + "@broker", "expected amqp://", "found http://")]
    [InlineData("ConnectionStrings:RabbitMq", "u " + Secret + "@broker", "expected amqp://", "found no URI")]
    [InlineData("Clients:acme:ApiKeys:1", "s3cr3t-", "at least 8 characters", "found 7")]
    [InlineData("Clients:acme:ApiKeys:1", "", "at least 8 characters", "found 0")]
    [InlineData("Clients:acme:StatusAfterReversal", "paid", "expected active or reversal", "found 'paid'")]
    [InlineData("Clients:acme:StatusAfterReversal",
        "Active", "expected active or reversal", "found 'Active'")]
    [InlineData("Clients:acme:ReversalWindow", "00:00:00", "expected a time above 0", "found 00:00:00")]
    [InlineData("Clients:acme:ReversalWindow", "-01:00:00", "expected a time above 0", "found -01:00:00")]
    [InlineData("Clients:acme:ReversalWindow", "soon", "TimeSpan", "'soon'")]
    [InlineData("Clients:acme:ClockTolerance",
        "00:00:00.999", "expected 00:00:01 to 01:00:00", "found 00:00:00.999")]
    [InlineData("Clients:acme:ClockTolerance", "01:00:01", "expected 00:00:01 to 01:00:00", "found 01:00:01")]
    [InlineData("Clients:acme:MaxPending", "0", "expected 1 to 1000000", "found 0")]
    [InlineData("Clients:acme:MaxPending", "1000001", "expected 1 to 1000000", "found 1000001")]
    [InlineData("Clients:acme:MaxPending", "many", "Int32", "'many'")]
    [InlineData("Events:SigningKey", "s3cr3t-", "at least 8 characters", "found 7")]
    [InlineData("Events:SigningKey", Secret + "-1", "expected a key of its own", "found a client's key")]
    [InlineData("Batching:Limit", "0", "expected 1 to 5000", "found 0")]
    [InlineData("Batching:Limit", "5001", "expected 1 to 5000", "found 5001")]
    [InlineData("Batching:Limit", "many", "Int32", "'many'")]
    [InlineData("Batching:Lanes", "17", "expected 1 to 16", "found 17")]
    [InlineData("Batching:Interval",
        "00:00:00.101", "expected 00:00:00 to 00:00:00.1000000", "found 00:00:00.101")]
    [InlineData("Batching:LongestRest",
        "00:00:00.049", "expected 00:00:00.0500000 to 00:01:00", "found 00:00:00.049")]
    [InlineData("Inbound:PrefetchCount", "499", "expected 500 to 10000", "found 499")]
    [InlineData("Inbound:PrefetchCount", "-1", "expected 500 to 10000", "found -1")]
    [InlineData("Inbound:PrefetchCount", "10001", "expected 500 to 10000", "found 10001")]
    [InlineData("Outbound:ClaimLimit", "0", "expected 1 to 5000", "found 0")]
    [InlineData("Outbound:WaveSize", "1001", "expected 1 to 1000", "found 1001")]
    [InlineData("Outbound:Lease", "00:10:01", "expected 00:00:01 to 00:10:00", "found 00:10:01")]
    [InlineData("Outbound:PollInterval",
        "00:00:00", "expected 00:00:00.0100000 to 00:01:00", "found 00:00:00")]
    [InlineData("Outbound:Rest", "00:02:00", "expected 00:00:00.0100000 to 00:01:00", "found 00:02:00")]
    [InlineData("Outbound:MaxBackoff", "00:00:00.5", "expected 00:00:01 to 01:00:00", "found 00:00:00.5")]
    [InlineData("Outbound:MaxBackoff", "01:00:01", "expected 00:00:01 to 01:00:00", "found 01:00:01")]
    [InlineData("Outbound:MaxEventBytes", "4095", "expected 4096 to 16777216", "found 4095")]
    [InlineData("Outbound:MaxEventBytes", "16777217", "expected 4096 to 16777216", "found 16777217")]
    [InlineData("Outbound:PublishTimeout", "00:00:00", "expected 00:00:00.1000000 to", "found 00:00:00")]
    [InlineData("Outbound:PublishTimeout",
        "00:01:01", "expected 00:00:00.1000000 to 00:01:00", "found 00:01:01")]
    [InlineData("Health:Port", "0", "expected 1 to 65535", "found 0")]
    [InlineData("Health:Port", "65536", "expected 1 to 65535", "found 65536")]
    [InlineData("Health:OutboxAgeLimit", "00:00:00", "expected 00:00:01 to 1.00:00:00", "found 00:00:00")]
    [InlineData("Telemetry:PrometheusPort", "65536", "expected 0 to 65535", "found 65536")]
    [InlineData("Telemetry:PrometheusPort", "8080", "expected another port than Health:Port", "found 8080")]
    [InlineData("Telemetry:PrometheusAddress", "any", "expected an IP address", "found 'any'")]
    [InlineData("Health:Address", "localhost", "expected an IP address", "found 'localhost'")]
    [InlineData("Page:Port", "0", "expected 1 to 65535", "found 0")]
    [InlineData("Page:Port", "8080", "expected another port than Health:Port", "found 8080")]
    [InlineData("Page:Address", "localhost", "expected an IP address", "found 'localhost'")]
    [InlineData("Page:Actions", "maybe", "expected true or false", "found 'maybe'")]
    [InlineData("Page:Postgres", "Username=x", "expected Host=", "found no Host")]
    public void A_wrong_setting_is_named_with_what_is_expected_and_what_was_found(
        string setting, string? value, string expected, string found)
    {
        var problem = Settings.Problems((setting, value)).ShouldHaveSingleItem();
        problem.ShouldContain(setting);
        problem.ShouldContain(expected);
        problem.ShouldContain(found);
        problem.ShouldNotContain("s3cr3t");
    }
}
