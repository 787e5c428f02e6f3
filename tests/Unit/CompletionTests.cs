using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Reversals.Operations.Commands;

namespace Reversals.Tests.Unit;

/// <summary>The scripts that complete the command line; that of bash is tried in a real bash.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("qua", "quarantine")]
    [InlineData("quarantine l", "list")]
    [InlineData("quarantine list --c", "--cause --client")]
    [InlineData("--json topology d", "deploy diff")]
    [InlineData("outbox list --kind ", "payment.reversal payment.reversal.rejected")]
    [InlineData("healthcheck ", "live ready --json")]
    [InlineData("completion f", "fish")]
    [InlineData("show abc", "")]
    public async Task Bash_offers_what_can_stand_there(string typed, string offered)
    {
        var words = string.Join(' ', typed.Split(' ').Select(word => $"'{word}'"));
        var said = await BashAsync(
            await ScriptAsync("bash") +
            $"\nCOMP_WORDS=(reversal-worker {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n" +
            "_reversal_worker\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
        var got = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in offered.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            got.Contains(word, StringComparer.Ordinal).ShouldBeTrue(word);
        }

        var begun = typed.Split(' ').Last();
        got.ShouldAllBe(word => word.StartsWith(begun, StringComparison.Ordinal));
        got.Length.ShouldBe(got.Distinct(StringComparer.Ordinal).Count());
        if (offered.Length == 0)
        {
            got.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Every_command_and_option_is_in_the_script_of_each_shell(string shell)
    {
        var script = await ScriptAsync(shell);
        List<string> missing = [];
        void Look(Command command, string at)
        {
            missing.AddRange(command.Options.Where(one => !one.Hidden)
                .Where(one => !script.Contains(one.Name.TrimStart('-'), StringComparison.Ordinal))
                .Select(one => $"{at} {one.Name}"));
            foreach (var below in command.Subcommands)
            {
                var path = $"{at} {below.Name}";
                missing.AddRange(script.Contains($"'{path}'", StringComparison.Ordinal) ? [] : [path]);
                Look(below, path);
            }
        }

        Look(WorkerCommands.Create(Shell(TextWriter.Null)), "");
        missing.ShouldBeEmpty();
    }

    static async Task<string> ScriptAsync(string shell)
    {
        using var output = new StringWriter();
        (await WorkerCommands.RunAsync(
            ["completion", shell], Shell(output), TestContext.Current.CancellationToken)).ShouldBe(0);
        return output.ToString();
    }

    static async Task<string> BashAsync(string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-u"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        var error = bash.StandardError.ReadToEndAsync();
        var said = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        (await error).ShouldBeEmpty();
        return said;
    }

    static CommandContext Shell(TextWriter output) => new()
    {
        RunWorkerAsync = _ => Task.FromResult(0),
        Configuration = () => new ConfigurationBuilder().Build(),
        In = TextReader.Null,
        Out = output,
        Error = TextWriter.Null,
        CanAsk = false,
        IsScreen = false,
    };
}
