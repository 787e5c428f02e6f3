using System.Collections;

namespace Reversals.Tests.Unit;

/// <summary>Every setting there is, given what it cannot mean, stops the start and is named.</summary>
public sealed class SettingNonsenseTests
{
    static readonly string[] Texts =
        ["", "\t", "s3cr3t\0-long-enough", "\ud800-half-a-pair", "\u202es3cr3t-turned"];

    static readonly Dictionary<Type, string[]> Values = new()
    {
        [typeof(int)] = ["", "x", "1.5", "-1", "99999999999999999999", "true", "1 2"],
        [typeof(long)] = ["", "x", "1.5", "-1", "99999999999999999999", "true", "1 2"],
        [typeof(bool)] = ["", "x", "2", "yes"],
        [typeof(TimeSpan)] = ["", "soon", "-1", "25:61:61", "10 s", "99999999999999999999"],
        [typeof(string)] = Texts,
    };

    [Fact]
    public void Nonsense_in_any_setting_is_named_with_what_is_expected()
    {
        var settings = Leaves(typeof(WorkerOptions), "").ToList();
        settings.Count.ShouldBeGreaterThan(25);
        List<string> wrong = [];
        foreach (var (path, type) in settings)
        {
            wrong.AddRange(
                from value in Values[type]
                let problems = Problems(path, value)
                where !problems.Any(problem => problem.StartsWith(path + ":", StringComparison.Ordinal)
                    && problem.Contains("expected", StringComparison.Ordinal))
                    || (IsSecret(path)
                        && problems.Any(one => one.Contains("s3cr3t", StringComparison.Ordinal)))
                select $"{path} = '{value}': {string.Join(" | ", problems)}");
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Below_a_setting_there_is_no_other()
    {
        foreach (var (path, _) in Leaves(typeof(WorkerOptions), ""))
        {
            Problems(path + ":Below", "s3cr3t").ShouldHaveSingleItem()
                .ShouldBe($"{path}:Below: no such setting; {path} is a single value");
        }
    }

    [Fact]
    public void A_client_that_is_a_single_value_is_named()
    {
        Settings.Problems(("Clients:globex", Settings.Secret)).ShouldContain(
            problem => problem.StartsWith(
                "Clients:globex: expected settings below it, ApiKeys", StringComparison.Ordinal));
        Settings.Problems(("Clients::ApiKeys:0", "a-key-of-nobody")).ShouldHaveSingleItem()
            .ShouldContain("expected a client id of 1–64 characters, found 0");
    }

    [Theory]
    [InlineData("amqp://u:s3cr3t@broker/pay/prod", "found a virtual host with /; write it as %2F")]
    [InlineData("amqp://u:s3cr3t@broker/pay/", "found a virtual host with /; write it as %2F")]
    [InlineData("amqp://u:s3cr3t@broker:65536/", "found no URI")]
    [InlineData("amqp://u:s3cr3t@broker:0/", "found port 0")]
    [InlineData("amqp://u:s3cr3t@broker:x/", "found no URI")]
    [InlineData("amqp://u:s3cr3t/x@broker/", "found no URI")]
    [InlineData("amqp://u:s3cr3t:x@broker/", "found a second : in user and password")]
    [InlineData("amqp://u:s3cr3t@broker/?heartbeat=5", "found a ? or a #")]
    [InlineData("amqp://u:s3cr3t@broker/#x", "found a ? or a #")]
    [InlineData("amqp://u:s3cr3t%00@broker/", "found U+0000")]
    [InlineData("amqp:///", "found no host")]
    [InlineData("amqp:broker", "found no host")]
    [InlineData("broker/pay", "found no URI")]
    [InlineData("amqps+tls://u:s3cr3t@broker/", "found amqps+tls://")]
    public void An_address_of_RabbitMQ_that_cannot_be_used_is_named(string address, string says)
    {
        var problem = Settings.Problems(("ConnectionStrings:RabbitMq", address)).ShouldHaveSingleItem();
        problem.ShouldStartWith("ConnectionStrings:RabbitMq: expected amqp://");
        problem.ShouldContain(says);
        problem.ShouldNotContain("s3cr3t");
    }

    [Theory]
    [Each(
        "amqp://broker", "amqp://u:p@broker/", "amqp://u:p@broker//",
        "amqp://u:p%2F%40%3A@broker:5672/pay%2Fprod", "amqp://u:p@[::1]:5672/prod")]
    public void An_address_of_RabbitMQ_that_can_be_used_is_taken(string address) =>
        Settings.Read(("ConnectionStrings:RabbitMq", address)).ConnectionStrings.RabbitMq.ShouldBe(address);

    [Theory]
    [InlineData("Host=db;Port=0;Password=s3cr3t")]
    [InlineData("Host=db;Port=65536;Password=s3cr3t")]
    [InlineData("Host=db;Port=-5;Password=s3cr3t")]
    [InlineData("Host=db:65536;Password=s3cr3t")]
    [InlineData("Host=db;SSL Mode=perhaps;Password=s3cr3t")]
    [InlineData("Host=db;Timeout=-1;Password=s3cr3t")]
    [InlineData("Host=db;Minimum Pool Size=9;Maximum Pool Size=5;Password=s3cr3t")]
    [InlineData("Host=db;Password=s3\tcr3t")]
    [InlineData("Host=db;Password='s3cr3t")]
    [InlineData("Host= ;Password=s3cr3t")]
    [InlineData("Host=db;Root Certificate=/no/such.pem;Password=s3cr3t",
        "no file /no/such.pem, which Root Certificate names")]
    [InlineData("Host=db;SSL Certificate=/no/such.pem;Password=s3cr3t", "which SSL Certificate names")]
    public void A_connection_string_of_PostgreSQL_that_cannot_be_used_is_named(
        string value, string says = "found")
    {
        foreach (var setting in (string[])["ConnectionStrings:Postgres", "Page:Postgres"])
        {
            var problem = Settings.Problems((setting, value)).ShouldHaveSingleItem();
            problem.ShouldStartWith(setting + ": expected Host=");
            problem.ShouldContain(says);
            problem.ShouldNotContain("s3cr3t");
        }
    }

    [Theory]
    [Each("1", "127.1", "0x7f000001", "127.0.0.1:80", "[::1]:80", "localhost", "256.0.0.1", "127.0.0.1 ")]
    public void What_is_no_IP_address_as_it_is_written_is_named(string address)
    {
        foreach (var setting in (string[])["Health:Address", "Page:Address", "Telemetry:PrometheusAddress"])
        {
            Settings.Problems((setting, address)).ShouldHaveSingleItem()
                .ShouldBe($"{setting}: expected an IP address such as 127.0.0.1, found '{address}'");
        }
    }

    [Theory]
    [InlineData("Page:Hosts:0", "https://ops.example.com")]
    [InlineData("Page:Hosts:0", "ops.example.com:443")]
    [InlineData("Page:OperatorHeader", "X Forwarded User")]
    [InlineData("Page:OperatorHeader", "X-User:")]
    public void A_name_of_the_page_that_nobody_can_send_is_named(string setting, string value) =>
        Settings.Problems((setting, value)).ShouldHaveSingleItem().ShouldStartWith(setting + ": expected");

    [Fact]
    public void Two_listeners_on_one_port_are_named() =>
        Settings.Problems(("Page:Port", "8090"), ("Telemetry:PrometheusPort", "8090")).ShouldHaveSingleItem()
            .ShouldBe("Page:Port: expected another port than Telemetry:PrometheusPort, found 8090");

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://s3cr3t@collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "s3cr3t")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "-1")]
    [InlineData("OTEL_TRACES_SAMPLER", "sometimes")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "2")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "team")]
    [InlineData("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096")]
    public void A_standard_variable_that_cannot_be_read_is_named(string variable, string value)
    {
        var problem = Settings.Problems(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"), (variable, value))
            .ShouldHaveSingleItem();
        problem.ShouldStartWith(variable + ": expected");
        problem.ShouldNotContain("s3cr3t");
    }

    [Fact]
    public void The_standard_variables_of_other_programs_stop_nobody() =>
        Settings.Read(("OTEL_TRACES_SAMPLER", "jaeger_remote"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"));

    static bool IsSecret(string path) => path.Contains("Key", StringComparison.Ordinal)
        || path is "ConnectionStrings:Postgres" or "ConnectionStrings:RabbitMq" or "Page:Postgres";

    static string[] Problems(string path, string value)
    {
        try
        {
            Settings.Read((path, value));
            return [];
        }
        catch (ConfigurationException error)
        {
            return error.Message.Split('\n');
        }
    }

    /// <summary>The paths of all single values, with a client and an entry of each list.</summary>
    static IEnumerable<(string Path, Type Type)> Leaves(Type type, string path) =>
        Nullable.GetUnderlyingType(type) is { } value ? Leaves(value, path)
        : Values.ContainsKey(type) ? [(path, type)]
        : type == typeof(IReadOnlyList<string>) ? [(path + ":0", typeof(string))]
        : typeof(IDictionary).IsAssignableFrom(type) ? Leaves(type.GenericTypeArguments[1], path + ":acme")
        : type.GetProperties().SelectMany(property => Leaves(
            property.PropertyType, path.Length == 0 ? property.Name : $"{path}:{property.Name}"));
}
