namespace Reversals.Tests.Chaos;

/// <summary>The programs of PostgreSQL that are installed, the newest version that has the server.</summary>
static class PostgresPrograms
{
    internal static readonly string Folder = FindPrograms();

    /// <summary>PostgreSQL refuses to run as root.</summary>
    internal static string[] AsOwner(string program, params string[] options) =>
        ByOwner(Path.Combine(Folder, program), options);

    /// <summary>The same for a program that starts it.</summary>
    internal static string[] ByOwner(string program, params string[] options) =>
    [
        .. Environment.IsPrivilegedProcess
            ? (string[])["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            : [],
        program, .. options,
    ];

    static string FindPrograms() => Directory.GetDirectories("/usr/lib/postgresql")
        .Select(version => Path.Combine(version, "bin"))
        .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
        .MaxBy(bin => bin, StringComparer.Ordinal)
        ?? throw new InvalidOperationException("The package postgresql is needed, with pg_basebackup");
}
