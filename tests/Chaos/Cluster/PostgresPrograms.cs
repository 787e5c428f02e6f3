namespace Reversals.Tests.Chaos;

/// <summary>The programs of PostgreSQL that are installed, the newest version that has the server.</summary>
static class PostgresPrograms
{
    static readonly string Programs = FindPrograms();

    /// <summary>PostgreSQL refuses to run as root.</summary>
    internal static string[] AsOwner(string program, params string[] options) =>
    [
        .. Environment.IsPrivilegedProcess
            ? (string[])["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            : [],
        Path.Combine(Programs, program), .. options,
    ];

    static string FindPrograms() => Directory.GetDirectories("/usr/lib/postgresql")
        .Select(version => Path.Combine(version, "bin"))
        .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
        .MaxBy(bin => bin, StringComparer.Ordinal)
        ?? throw new InvalidOperationException("The package postgresql is needed, with pg_basebackup");
}
