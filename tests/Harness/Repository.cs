namespace Reversals.Tests.Harness;

/// <summary>The files of the repository, and programs that are run to their end.</summary>
static class Repository
{
    internal static readonly string Root = FindRoot();

    internal static string PathOf(string file) => Path.Combine(Root, file);

    /// <summary>Runs a program to its end and returns what it printed; it must end with 0 unless it may fail.</summary>
    internal static async Task<string> RunAsync(
        IReadOnlyList<string> command, string? folder = null, bool mayFail = false)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 || mayFail
            ? await output
            : throw new InvalidOperationException(
                $"{string.Join(' ', command)} ended with {process.ExitCode}: {await error}{await output}");
    }

    /// <summary>Runs a program that may leave a server behind, in a folder; what it prints is lost.</summary>
    internal static async Task RunQuietAsync(IReadOnlyList<string> command, string folder)
    {
        // A server inherits the output, and would keep a pipe open.
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "exec \"$@\" </dev/null >command.log 2>&1", "sh", .. command])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{string.Join(' ', command)} failed: " +
                await File.ReadAllTextAsync(Path.Combine(folder, "command.log")));
        }
    }

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Worker.sln")))
        {
            folder = folder.Parent
                ?? throw new InvalidOperationException("These tests run inside the repository.");
        }

        return folder.FullName;
    }
}
