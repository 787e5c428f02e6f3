using System.Diagnostics;
using System.Globalization;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>The program as it is delivered, in a process of its own.</summary>
public sealed class ProcessTests(Servers servers) : ServerTest(servers)
{
    [Theory]
    [InlineData("", "", "ConnectionStrings:Postgres")]
    [InlineData("ConnectionStrings__RabbitMq", "http://localhost/", "ConnectionStrings:RabbitMq")]
    [InlineData("Clients__acme__ApiKeys__0", "short", "Clients:acme:ApiKeys:0")]
    [InlineData("Clients__acme__ReversalWindow", "soon", "Clients:acme:ReversalWindow")]
    [InlineData("Batching__Limits", "500", "Batching:Limits")]
    [InlineData("Health__Port", "0", "Health:Port")]
    public async Task A_wrong_configuration_is_named_and_ends_the_process_with_2(
        string variable, string value, string setting)
    {
        Dictionary<string, string?> environment = variable.Length == 0 ? [] : Environment();
        environment[variable] = value;
        environment.Remove("");
        using var process = Start("run", environment);
        var (code, _, error) = await EndAsync(process, seconds: 10);
        error.ShouldContain(setting);
        error.ShouldNotContain("   at ", Case.Sensitive, "a stack trace mends no setting");
        code.ShouldBe(2);
    }

    [Fact]
    public async Task Migrate_says_that_the_server_is_down_and_ends_with_3()
    {
        var environment = Environment();
        environment["ConnectionStrings__Postgres"] =
            "Host=127.0.0.1;Port=1;Username=x;Password=secret-word;Database=x";
        using var process = Start("migrate", environment);
        var (code, _, error) = await EndAsync(process);
        error.ShouldContain("A server does not answer");
        error.ShouldNotContain("secret-word");
        code.ShouldBe(3);
    }

    [Fact]
    public async Task The_process_answers_and_ends_with_0_when_it_is_asked_to_end()
    {
        using var process = Start("run", Environment());
        try
        {
            await Until.TrueAsync(() => Box.Broker.HasQueueAsync(Wire.RequestQueue), "it makes its queue");
            await Until.TrueAsync(async () => await Box.Broker.ReadersAsync() == 1, "it reads");
            (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
            using var kill = Process.Start(
                "kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            var (code, output, error) = await EndAsync(process);
            code.ShouldBe(0);
            error.ShouldBeEmpty();
            output.ShouldContain("Stopped");
            output.ShouldNotContain(Some.Key);
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>The sandbox's configuration as environment variables.</summary>
    Dictionary<string, string?> Environment()
    {
        var environment = Box.Settings.ToDictionary(
            setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value,
            StringComparer.Ordinal);
        environment["Health__Port"] = WorkerHost.FreePort().ToString(CultureInfo.InvariantCulture);
        return environment;
    }

    static Process Start(string verb, Dictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "reversal-worker"), [verb])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] inherited = [.. start.Environment.Keys];
        foreach (var name in inherited.Where(name => name.Contains("__", StringComparison.Ordinal)))
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Waits for the end, and brings it about when it does not come.</summary>
    static async Task<(int Code, string Output, string Error)> EndAsync(Process process, int seconds = 40)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"The process did not end within {seconds} s. It said: {await error}{await output}");
        }

        return (process.ExitCode, await output, await error);
    }
}
