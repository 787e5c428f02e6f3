using System.Runtime.CompilerServices;

namespace Reversals.AppHost;

/// <summary>Where the programs are: beside this project, wherever the repository is.</summary>
static class Programs
{
    internal static readonly string Worker = Project("Worker");
    internal static readonly string Gateway = Project("Gateway");

    static string Project(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(
            Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src", name, $"{name}.csproj"));
}
