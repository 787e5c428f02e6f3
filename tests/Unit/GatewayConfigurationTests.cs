using Microsoft.Extensions.Configuration;
using Reversals.Gateway;

namespace Reversals.Tests.Unit;

/// <summary>A gateway starts with right settings only, and says which is wrong without telling a secret.</summary>
public sealed class GatewayConfigurationTests
{
    static readonly Dictionary<string, string?> Right = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ConnectionStrings:RabbitMq"] = "amqp://gateway:password@localhost/",
        ["Clients:acme:ApiKeys:0"] = "test-api-key\n",
    };

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var options = Read();
        options.Http.AnswerTimeout.ShouldBe(TimeSpan.FromSeconds(10));
        options.Http.Sunset.ShouldBeNull();
        options.Clients["acme"].ApiKeys.ShouldBe(["test-api-key"]);
    }

    [Theory]
    [InlineData("ConnectionStrings:Postgres", "Host=x;Password=hidden", "the gateway needs no database")]
    [InlineData("ConnectionStrings:RabbitMq", "", "expected amqp://")]
    [InlineData("ConnectionStrings:RabbitMq", "http://x:hidden@y/", "expected amqp://")]
    [InlineData("RabbitMq:RootCertificate", "/nowhere.pem", "to be amqps://")]
    [InlineData("Clients:acme:ApiKeys:0", "hidden", "at least 8 characters, found 6")]
    [InlineData("Clients:acme:ApiKeys:0", "hidden\thidden", "characters that can be seen")]
    [InlineData("Clients:globex:ApiKeys:0", "test-api-key", "expected a key of its own")]
    [InlineData("Clients:acme:PendingFor", "1", "no such setting; expected one of ApiKeys")]
    [InlineData("Clients:acme", "hidden", "expected settings below it")]
    [InlineData("Http:Tokens:0", "hidden", "at least 8 characters")]
    [InlineData("Http:Port", "0", "expected 1 to 65535")]
    [InlineData("Http:Port", "many", "expected a number")]
    [InlineData("Http:Port", "8091", "expected another port")]
    [InlineData("Http:Address", "host", "expected an IP address")]
    [InlineData("Http:AnswerTimeout", "soon", "expected a time such as 00:00:10")]
    [InlineData("Http:AnswerTimeout", "00:10:00", "expected 00:00:00.1")]
    [InlineData("Http:Sunset", "soon", "expected a time such as 2027")]
    [InlineData("Http:MaxWaiting", "0", "expected 1 to 100000")]
    [InlineData("Http:AnswerTimout", "00:00:01", "no such setting")]
    public void A_wrong_setting_stops_the_start_and_is_named(string name, string value, string expected)
    {
        var told = Should.Throw<ConfigurationException>(() => Read((name, value))).Message;
        told.ShouldContain(name.StartsWith("Http:Port", StringComparison.Ordinal) && value is "8091"
            ? "Health:Port" : name);
        told.ShouldContain(expected);
        told.ShouldNotContain("hidden");
    }

    [Theory]
    [InlineData("Http:Address", "1", "expected an IP address")]
    [InlineData("Health:Address", "0x7f000001", "expected an IP address")]
    [InlineData("Clients:acme:ApiKeys:0", "hidden\u200b-long-enough", "found U+200B as character 7")]
    [InlineData("Http:Tokens:0", "hidden\ufeff-long-enough", "found U+FEFF as character 7")]
    [InlineData("Http:Tokens", "hidden-long-enough", "expected a list, as Http:Tokens:0")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "hidden:4317", "expected an address such as")]
    [InlineData("ConnectionStrings:RabbitMq", "amqp://u:hidden%00@broker/", "found U+0000")]
    public void What_the_worker_refuses_the_gateway_refuses(string name, string value, string expected)
    {
        var told = Should.Throw<ConfigurationException>(() => Read((name, value))).Message;
        told.ShouldContain(name + ": ");
        told.ShouldContain(expected);
        told.ShouldNotContain("hidden");
    }

    [Fact]
    public void A_character_that_nobody_sees_in_a_client_id_is_named() =>
        Should.Throw<ConfigurationException>(() => Read(("Clients:ac\u200bme:ApiKeys:0", "long-enough")))
            .Message.ShouldStartWith(
                @"Clients:ac\u200bme: expected a client id of characters that can be seen, found U+200B");

    [Fact]
    public void A_control_character_in_a_wrong_setting_does_not_reach_the_terminal()
    {
        var told = Should.Throw<ConfigurationException>(() => Read(("Http:Address", "x\u001b[2J"))).Message;
        told.ShouldContain("found 'x\\u001b[2J'");
        told.ShouldNotContain('\u001b');
    }

    [Theory]
    [Each("amqp://u:p@a,b:5673,c/vhost", "amqps://u:p@a,b/")]
    public void A_cluster_of_RabbitMQ_is_taken(string address) =>
        Read(("ConnectionStrings:RabbitMq", address)).ConnectionStrings.RabbitMq.ShouldBe(address);

    static GatewayOptions Read(params (string Name, string Value)[] changes) =>
        GatewayConfiguration.Read(new ConfigurationBuilder().AddInMemoryCollection(Right)
            .AddInMemoryCollection(changes.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value)))
            .Build());
}
