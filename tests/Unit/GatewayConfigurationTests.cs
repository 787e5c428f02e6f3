using Microsoft.Extensions.Configuration;
using Reversals.Gateway;
using ConfigurationException = Reversals.Gateway.ConfigurationException;

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
    [InlineData("Http:Port", "hidden", "expected a number")]
    [InlineData("Http:Port", "8091", "expected another port")]
    [InlineData("Http:Address", "host", "expected an IP address")]
    [InlineData("Http:AnswerTimeout", "hidden", "expected a time such as 00:00:10")]
    [InlineData("Http:AnswerTimeout", "00:10:00", "expected 00:00:00.1")]
    [InlineData("Http:Sunset", "hidden", "expected a time such as 2027")]
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

    static GatewayOptions Read(params (string Name, string Value)[] changes) =>
        GatewayConfiguration.Read(new ConfigurationBuilder().AddInMemoryCollection(Right)
            .AddInMemoryCollection(changes.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value)))
            .Build());
}
