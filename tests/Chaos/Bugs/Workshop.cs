namespace Reversals.Tests.Chaos;

/// <summary>A copy of the source in which bugs are planted, built and taken out again.</summary>
sealed class Workshop
{
    const string Worker = "Worker", Gateway = "Gateway";

    static readonly string[] Wanted =
        ["src", "Directory.Build.props", "Directory.Packages.props", "global.json", "BannedSymbols.txt"];

    readonly string _folder;

    Workshop(string folder) => _folder = folder;

    /// <summary>Copies what the worker is built of.</summary>
    internal static Workshop Open(string folder)
    {
        foreach (var name in Wanted)
        {
            Copy(Repository.PathOf(name), Path.Combine(folder, name));
        }

        return new Workshop(folder);
    }

    /// <summary>The worker with this bug, once it was built; null: as it is.</summary>
    internal string WorkerWith(PlantedBug? bug) => Path.Combine(Built(bug), Worker, "reversal-worker");

    /// <summary>The gateway with this bug, once it was built; null: as it is.</summary>
    internal string GatewayWith(PlantedBug? bug) =>
        Path.Combine(Built(HasGateways(bug) ? bug : null), Gateway, "reversal-gateway");

    internal void Forget(PlantedBug bug) => Directory.Delete(Built(bug), recursive: true);

    /// <summary>Plants a bug, builds the worker and takes it out again; null: the worker as it is.</summary>
    /// <returns>Null: done. Otherwise why the bug has no place, or what cannot be built.</returns>
    internal async Task<string?> BuildAsync(PlantedBug? bug)
    {
        Dictionary<string, string> asItIs = new(StringComparer.Ordinal);
        try
        {
            foreach (var (file, text) in bug?.Plant(_folder) ?? [])
            {
                asItIs[file] = await File.ReadAllTextAsync(file);
                await File.WriteAllTextAsync(file, text);
            }

            await BuildAsync(Worker, "Chaos", bug);
            if (HasGateways(bug))
            {
                await BuildAsync(Gateway, "Release", bug);
            }

            return null;
        }
        catch (InvalidOperationException error)
        {
            return error.Message;
        }
        finally
        {
            foreach (var (file, text) in asItIs)
            {
                await File.WriteAllTextAsync(file, text);
            }
        }
    }

    /// <summary>A bug need not be pretty.</summary>
    Task<string> BuildAsync(string program, string configuration, PlantedBug? bug) => Repository.RunAsync(
        [
            "dotnet", "build", $"src/{program}", "-c", configuration, "-o", Path.Combine(Built(bug), program), "-v", "q",
            "--nologo", "--disable-build-servers", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false",
            "-p:GenerateDocumentationFile=false", .. bug is null ? (string[])[] : ["--no-restore"],
        ],
        _folder);

    static bool HasGateways(PlantedBug? bug) => bug?.Run.Contains("--gateways", StringComparison.Ordinal) != false;

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
}
