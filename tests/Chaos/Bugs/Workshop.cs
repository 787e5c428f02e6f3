using System.Diagnostics;

namespace Reversals.Tests.Chaos;

/// <summary>A copy of the source in which bugs are planted, built and taken out again.</summary>
sealed class Workshop
{
    static readonly string[] Wanted =
        ["src", "Directory.Build.props", "Directory.Packages.props", "global.json", "BannedSymbols.txt"];

    readonly string _folder;

    Workshop(string folder) => _folder = folder;

    internal string Worker => Path.Combine(_folder, "src/Worker/bin/Chaos/net10.0/reversal-worker");

    /// <summary>Copies what the worker is built of.</summary>
    internal static Workshop Open(string root, string folder)
    {
        foreach (var name in Wanted)
        {
            Copy(Path.Combine(root, name), Path.Combine(folder, name));
        }

        return new Workshop(folder);
    }

    /// <summary>Null: done. Otherwise why the patch does not apply.</summary>
    internal Task<string?> PlantAsync(PlantedBug bug) => RunAsync("patch", "-p1", "-N", "-s", "-i", bug.Path);

    internal Task<string?> TakeOutAsync(PlantedBug bug) =>
        RunAsync("patch", "-p1", "-R", "-s", "-i", bug.Path);

    /// <summary>Null: done. Otherwise why it cannot be built.</summary>
    internal Task<string?> BuildAsync(bool restored) => RunAsync(
        "dotnet",
        [
            "build", "src/Worker", "-c", "Chaos", "-v", "q", "--nologo",
            // A bug need not be pretty.
            "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:GenerateDocumentationFile=false",
            .. restored ? (string[])["--no-restore"] : [],
        ]);

    static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to, overwrite: true);
        }
        else if (Path.GetFileName(from) is not ("bin" or "obj"))
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(from))
            {
                Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
            }
        }
    }

    async Task<string?> RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var texts = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? null : string.Concat(texts);
    }
}
