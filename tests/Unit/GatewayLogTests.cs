using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Reversals.Gateway;

namespace Reversals.Tests.Unit;

/// <summary>The log of the gateway is masked and bounded as the worker's is.</summary>
public sealed partial class GatewayLogTests
{
    [Theory]
    [Each("pa\"ss\\word-1", "kunci-\"é\"-😀", "p@ss:w/rd-1")]
    public async Task No_secret_is_in_it_however_JSON_spells_it(string secret)
    {
        var written = await WrittenAsync(log => Refused(log, new IOException($"not {secret}"), secret), secret);

        written.ShouldContain("***");
        written.ShouldNotContain(secret);
        written.ShouldNotContain(JsonEncodedText.Encode(secret).ToString());
        written.ShouldNotContain(JsonEncodedText.Encode(
            secret, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString());
    }

    [Fact]
    public async Task What_comes_again_and_again_is_a_line()
    {
        var written = await WrittenAsync(log =>
        {
            for (var attempt = 1; attempt <= 50; attempt++)
            {
                Failed(log, "the broker", attempt);
            }
        });
        written.Split('\n').Count(line => line.Contains("is away, attempt", StringComparison.Ordinal))
            .ShouldBe(1);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_named()
    {
        // RFC 5737: it is nobody's.
        var settings = new ConfigurationBuilder().AddInMemoryCollection(Settings("the-key-of-acme"))
            .AddInMemoryCollection([new("Http:Address", "192.0.2.1")]).Build();
        (await Should.ThrowAsync<ConfigurationException>(() => GatewayHost.ServeAsync(settings))).Message
            .ShouldStartWith("Http:Address, Http:Port: expected an address of this machine");
    }

    [LoggerMessage(901, LogLevel.Error, "Refused {Text}")]
    private static partial void Refused(ILogger log, Exception error, string text);

    [LoggerMessage(902, LogLevel.Warning, "{What} is away, attempt {Attempt}")]
    private static partial void Failed(ILogger log, string what, int attempt);

    /// <summary>What a gateway with this key puts out; its end is the end of its log.</summary>
    static async Task<string> WrittenAsync(Action<ILogger> write, string key = "the-key-of-acme")
    {
        var console = Console.Out;
        await using var written = new StringWriter();
        Console.SetOut(TextWriter.Synchronized(written));
        try
        {
            await using (var host = GatewayHost.Build(
                new ConfigurationBuilder().AddInMemoryCollection(Settings(key)).Build()))
            {
                write(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Test"));
            }

            return written.ToString();
        }
        finally
        {
            Console.SetOut(console);
        }
    }

    static Dictionary<string, string?> Settings(string key) => new(StringComparer.Ordinal)
    {
        ["ConnectionStrings:RabbitMq"] = "amqp://localhost/",
        ["Clients:acme:ApiKeys:0"] = key,
    };
}
