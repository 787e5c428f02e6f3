using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Reversals.AppHost;

/// <summary>Runs a command of the worker; what it prints stands in the log of the resource.</summary>
sealed partial class WorkerCommand(string? database, string? rabbit)
{
    /// <summary>This program was built in it, and so Aspire builds the worker in it.</summary>
    static readonly string Configuration =
        typeof(WorkerCommand).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    internal async Task<ExecuteCommandResult> RunAsync(
        IReadOnlyList<string> arguments, ILogger log, CancellationToken stop)
    {
        using var process = Process.Start(StartInfo(arguments))
            ?? throw new InvalidOperationException("dotnet cannot be started");
        var errors = process.StandardError.ReadToEndAsync(stop);
        var text = await process.StandardOutput.ReadToEndAsync(stop) + await errors;
        await process.WaitForExitAsync(stop);
        var command = string.Join(' ', arguments);
        Printed(log, command, process.ExitCode, text);
        return process.ExitCode == 0
            ? CommandResults.Success()
            : CommandResults.Failure($"exit code {process.ExitCode}: {text.Trim()}");
    }

    internal ProcessStartInfo StartInfo(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "run", "--no-build", "--configuration", Configuration, "--no-launch-profile",
                "--project", Programs.Worker, "--",
            },
            Environment =
            {
                ["ConnectionStrings__Postgres"] = database,
                ["ConnectionStrings__RabbitMq"] = rabbit,
                ["Clients__demo__ApiKeys__0"] = DeveloperHost.ApiKey,
            },
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Command} ended with {ExitCode}:\n{Text}")]
    static partial void Printed(ILogger log, string command, int exitCode, string text);
}
