namespace Reversals.Tests.Chaos;

/// <summary>A copy of the source in which bugs are planted, built and taken out again.</summary>
sealed class Workshop
{
    static readonly string[] Wanted =
        ["src", "Directory.Build.props", "Directory.Packages.props", "global.json", "BannedSymbols.txt"];

    readonly string _folder;

    Workshop(string folder) => _folder = folder;

    /// <summary>Copies what the worker is built of.</summary>
    internal static Workshop Open(string root, string folder)
    {
        foreach (var name in Wanted)
        {
            Copy(Path.Combine(root, name), Path.Combine(folder, name));
        }

        return new Workshop(folder);
    }

    /// <summary>The worker with this bug, once it was built; null: as it is.</summary>
    internal string WorkerWith(PlantedBug? bug) => Path.Combine(Built(bug), "reversal-worker");

    internal void Forget(PlantedBug bug) => Directory.Delete(Built(bug), recursive: true);

    /// <summary>Plants a bug, builds the worker and takes it out again; null: the worker as it is.</summary>
    /// <returns>Null: done. Otherwise why the patch does not apply, or what cannot be built.</returns>
    internal async Task<string?> BuildAsync(PlantedBug? bug)
    {
        if (bug is not null && await RunAsync("patch", "-p1", "-N", "-s", "-i", bug.Path) is { } misfit)
        {
            return misfit;
        }

        // A bug need not be pretty.
        string[] leniently =
        [
            "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:GenerateDocumentationFile=false",
        ];
        var problem = await RunAsync(
            "dotnet",
            [
                "build", "src/Worker", "-c", "Chaos", "-o", Built(bug), "-v", "q", "--nologo",
                "--disable-build-servers", .. leniently, .. bug is null ? (string[])[] : ["--no-restore"],
            ]);
        if (bug is not null)
        {
            await RunAsync("patch", "-p1", "-R", "-s", "-i", bug.Path);
        }

        return problem;
    }

    string Built(PlantedBug? bug) => Path.Combine(_folder, "built", bug?.Name ?? "as-it-is");

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
