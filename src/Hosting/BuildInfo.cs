using System.Reflection;

namespace Reversals.Hosting;

/// <summary>Which build runs, and on which machine.</summary>
static class BuildInfo
{
    /// <summary>The version, and behind a <c>+</c> the commit where the build knew it.</summary>
    internal static string Version { get; } = typeof(BuildInfo).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    internal static string Host => Environment.MachineName;
}
