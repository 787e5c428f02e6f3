using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Reversals.Tests.Unit;

/// <summary>
/// The house and its rooms, as the architecture describes them, checked against the source itself.
/// </summary>
public sealed partial class ArchitectureTests
{
    const int LongestFile = 200;

    /// <summary>Until the page is cut to size as well.</summary>
    const int LongestFileOfPage = 223;

    const int LongestLine = 110;

    /// <summary>What each project refers to; all else is not to be seen from there.</summary>
    static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["Contracts"] = [],
        ["Contracts.MassTransit"] = ["Contracts"],
        ["Reversals"] = ["Contracts"],
        ["RabbitMq"] = ["Contracts"],
        ["Hosting"] = ["Contracts"],
        ["Processing"] = ["Contracts", "Hosting", "RabbitMq", "Reversals"],
        ["Operations"] = ["Contracts", "Hosting", "Processing", "RabbitMq", "Reversals"],
        // No database, so not even by mistake: what knows PostgreSQL is not to be seen from there.
        ["Gateway"] = ["Contracts", "Hosting", "RabbitMq"],
        ["Worker"] = ["Contracts", "Hosting", "Operations", "Processing", "RabbitMq", "Reversals"],
    };

    /// <summary>Which rooms of its project a room may know; the root of a project is a room as well.</summary>
    static readonly Dictionary<string, string[]> Rooms = new(StringComparer.Ordinal)
    {
        ["Processing"] = [],
        ["Processing.Configuration"] = ["Processing", "Postgres", "Storage", "Telemetry"],
        ["Processing.Inbound"] =
            ["Processing", "Configuration", "Batching", "Postgres", "Storage", "Telemetry", "Watching"],
        ["Processing.Inbound.MassTransit"] =
            ["Processing", "Configuration", "Batching", "Inbound", "Storage", "Telemetry", "Watching"],
        ["Processing.Batching"] = ["Processing", "Configuration", "Postgres", "Storage", "Telemetry"],
        ["Processing.Outbound"] =
            ["Processing", "Configuration", "Postgres", "Storage", "Telemetry", "Watching"],
        ["Processing.Telemetry"] = ["Processing", "Configuration", "Postgres", "Storage"],
        // Telemetry knows its rows, so it cannot know telemetry without a circle.
        ["Processing.Storage"] = ["Processing", "Configuration", "Postgres"],
        ["Processing.Postgres"] = ["Processing"],
        ["Processing.Watching"] =
            ["Processing", "Configuration", "Batching", "Postgres", "Storage", "Telemetry"],
        ["Operations"] = [],
        ["Operations.Queries"] = ["Operations"],
        ["Operations.Actions"] = ["Operations", "Queries"],
        ["Operations.Commands"] = ["Operations", "Actions", "Demo", "Queries"],
        ["Operations.Page"] = ["Operations", "Actions", "Queries"],
        ["Operations.Demo"] = ["Queries"],
    };

    static readonly string[] ForbiddenFolders =
        ["Common", "Core", "Shared", "Helpers", "Extensions", "Services", "Models", "Interfaces", "Utils"];

    static readonly string Root = Repository.Root;

    static readonly SourceFile[] Sources =
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is ".cs" or ".razor" or ".sql")
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !Generated().IsMatch(path))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path, File.ReadAllLines(Path.Combine(Root, path)))),
    ];

    [Fact]
    public void The_source_is_found()
    {
        Sources.Length.ShouldBeGreaterThan(30);
    }

    [Fact]
    public void Every_folder_is_a_room_with_a_rule()
    {
        var folders = from file in Sources
                      where file.Path.EndsWith(".cs", Ordinal)
                      let folder = Folder(file.Path)
                      where folder.StartsWith("Processing", Ordinal) || folder.StartsWith("Operations", Ordinal)
                      select folder;

        folders.Distinct(StringComparer.Ordinal).ShouldBe(Rooms.Keys, ignoreOrder: true);
    }

    [Fact]
    public void A_project_refers_only_to_those_it_may()
    {
        Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(Path.GetFileName)
            .Where(name => File.Exists(Path.Combine(Root, "src", name!, name + ".csproj")))
            .Select(name => name!).ShouldBe(Projects.Keys, ignoreOrder: true);
        Projects.ShouldAllBe(project =>
            References($"src/{project.Key}/{project.Key}.csproj", "ProjectReference")
                .Order(StringComparer.Ordinal)
                .SequenceEqual(
                    project.Value.Select(other => $"../{other}/{other}.csproj"), StringComparer.Ordinal));
    }

    [Fact]
    public void A_room_knows_only_the_rooms_it_may()
    {
        var breaches = from file in Sources
                       where !file.Path.EndsWith(".sql", Ordinal)
                       let room = Folder(file.Path)
                       where Rooms.ContainsKey(room)
                       from other in Rooms.Keys
                       where Project(other).Equals(Project(room), Ordinal) && !other.Equals(room, Ordinal)
                           && !Rooms[room].Contains(other.Split('.')[^1], StringComparer.Ordinal)
                       from line in file.Lines.Index()
                       where Knows(line.Item, other)
                       select $"{file.Path}:{line.Index + 1} knows {other}";

        breaches.ShouldBeEmpty();
    }

    [Fact]
    public void MassTransit_is_known_in_its_own_room_and_in_the_package_for_neighbours_only()
    {
        const string room = "src/Processing/Inbound/MassTransit/";
        var knowing = Lines(line => KnowsMassTransit().IsMatch(line))
            .Where(line => !line.StartsWith("src/Contracts.MassTransit/", Ordinal)).ToArray();

        knowing.ShouldContain(line => line.StartsWith(room, Ordinal));
        knowing.Where(line => !line.StartsWith(room, Ordinal)).ShouldBeEmpty();
        Sources.Where(file => Folder(file.Path) is "Processing.Inbound")
            .SelectMany(file => file.Lines)
            .ShouldNotContain(line => line.Contains("Inbound.MassTransit", Ordinal));
    }

    [Fact]
    public void A_file_stands_in_the_namespace_of_its_folder()
    {
        var breaches = from file in Sources.Where(file => file.Path.EndsWith(".cs", Ordinal))
                       let line = file.Lines.FirstOrDefault(line => line.StartsWith("namespace ", Ordinal))
                       let folder = Folder(file.Path)
                       let expected = folder is "Reversals" ? "Reversals" : $"Reversals.{folder}"
                       where line is not null && !line.Equals($"namespace {expected};", Ordinal)
                       select $"{file.Path}: {line}, expected {expected}";

        breaches.ShouldBeEmpty();
    }

    [Fact]
    public void The_core_knows_the_contracts_and_the_contracts_know_nobody()
    {
        Imports("src/Contracts").ShouldAllBe(import => import.StartsWith("System", Ordinal)
            || import.EndsWith("= Reversals.Contracts.Rc", Ordinal));
        Imports("src/Reversals").ShouldAllBe(import => import.StartsWith("System", Ordinal)
            || import == "Reversals.Contracts");
        References("src/Contracts/Contracts.csproj", "PackageReference").ShouldBeEmpty();
        References("src/Reversals/Reversals.csproj", "PackageReference").ShouldBeEmpty();
        References("src/RabbitMq/RabbitMq.csproj", "PackageReference").ShouldBe(["RabbitMQ.Client"]);
        References("src/Hosting/Hosting.csproj", "PackageReference").ShouldAllBe(package =>
            package.StartsWith("Serilog.", Ordinal) || package.StartsWith("OpenTelemetry.", Ordinal));
    }

    [Fact]
    public void Hosting_and_the_gateway_bring_no_PostgreSQL_along()
    {
        string[] servers = ["Npgsql", "Dapper", "MassTransit", "dbup"];
        Imports("src/Hosting").Where(import => import.StartsWith("Reversals", Ordinal))
            .ShouldAllBe(import => import == "Reversals.Contracts");
        Imports("src/Hosting").Concat(Imports("src/Gateway"))
            .ShouldNotContain(import => servers.Any(server => import.StartsWith(server, Ordinal)));
        foreach (var project in (string[])["Hosting", "Gateway"])
        {
            var locked = File.ReadAllText(Path.Combine(Root, "src", project, "packages.lock.json"));
            locked.ShouldContain("\"Serilog.AspNetCore\"");
            servers.ShouldAllBe(server => !locked.Contains($"\"{server}", Ordinal));
        }
    }

    [Fact]
    public void No_folder_has_a_name_that_means_everything()
    {
        Directory.EnumerateDirectories(Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => (path.StartsWith("src/", Ordinal) || path.StartsWith("tests/", Ordinal))
                && !Generated().IsMatch(path + "/")
                && ForbiddenFolders.Contains(Path.GetFileName(path), StringComparer.OrdinalIgnoreCase))
            .ShouldBeEmpty();
    }

    /// <summary>A broker that waits for a node that hangs answers the end of neither: QuickEnd.</summary>
    [Fact]
    public void Nobody_waits_for_the_end_of_a_connection_or_a_channel() =>
        Sources.Where(file => file.Path.EndsWith(".cs", Ordinal)
                && AwaitedEnd().IsMatch(string.Join('\n', file.Lines)))
            .Select(file => file.Path).ShouldBeEmpty();

    [Fact]
    public void No_file_is_too_long_to_read_at_once()
    {
        Sources.Where(file => file.Lines.Length
                > (Folder(file.Path) is "Operations.Page" ? LongestFileOfPage : LongestFile))
            .Select(file => $"{file.Path}: {file.Lines.Length} lines").ShouldBeEmpty();
    }

    [Fact]
    public void No_line_is_too_wide()
    {
        Lines(line => line.Length > LongestLine).ShouldBeEmpty();
    }

    [Fact]
    public void No_line_puts_its_work_off_or_hides_it()
    {
        Lines(line => PutOff().IsMatch(line)).ShouldBeEmpty();
    }

    [Fact]
    public void No_type_carries_a_word_the_house_does_not_say()
    {
        Lines(line => Unsaid().IsMatch(line)).ShouldBeEmpty();
    }

    [Fact]
    public void A_statement_stands_in_a_file_of_its_own()
    {
        Lines(line => Statement().IsMatch(line)).Where(line => line.Contains(".cs:", Ordinal)).ShouldBeEmpty();
        Sources.Count(file => file.Path.EndsWith(".sql", Ordinal)).ShouldBeGreaterThan(80);
    }

    [Fact]
    public void No_type_is_an_interface()
    {
        // An interface with one implementation forbids nothing and hides where the work is done.
        Lines(line => Interface().IsMatch(line)).ShouldBeEmpty();
    }

    static StringComparison Ordinal => StringComparison.Ordinal;

    /// <summary>By a using, or by a name from a room beside it.</summary>
    static bool Knows(string line, string room) =>
        !line.TrimStart().StartsWith("//", Ordinal)
        && (line.TrimStart('@').TrimEnd(';').Equals($"using Reversals.{room}", Ordinal)
            || Regex.IsMatch(
                line, $@"(?<![\w.""]|using |namespace )(Reversals\.)?{Regex.Escape(room)}\.[A-Z]",
                RegexOptions.None, Deadline));

    static string Folder(string path) => Path.GetDirectoryName(path)!["src/".Length..].Replace('/', '.');

    static string Project(string room) => room.Split('.')[0];

    static TimeSpan Deadline => TimeSpan.FromSeconds(5);

    /// <summary>Lines of the source, each with its place.</summary>
    internal static IEnumerable<string> Lines(Func<string, bool> breaks) =>
        from file in Sources
        from line in file.Lines.Index()
        where breaks(line.Item)
        select $"{file.Path}:{line.Index + 1} ({line.Item.Length}): {line.Item.Trim()}";

    static IEnumerable<string> Imports(string folder) =>
        from file in Sources.Where(file => file.Path.StartsWith(folder + "/", Ordinal))
        from line in file.Lines
        where line.StartsWith("using ", Ordinal)
        select line["using ".Length..].TrimEnd(';');

    static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(Path.Combine(Root, project)).Descendants(kind)
            .Select(element => element.Attribute("Include")!.Value);

    [GeneratedRegex(
        @"await using var \w+ =\s+await\s+(BrokerConnection\.\w+|\w*actory\.\w+|\w+\.CreateChannelAsync)\(",
        RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex AwaitedEnd();

    [GeneratedRegex(@"(^|/)(bin|obj)/", RegexOptions.ExplicitCapture, 5_000)]
    internal static partial Regex Generated();

    [GeneratedRegex(@"\b(FROM|INTO|UPDATE|JOIN)\s+(reversals|billing)\.", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Statement();

    [GeneratedRegex(@"#region|\b(TODO|FIXME|HACK|XXX)\b", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex PutOff();

    [GeneratedRegex(
        @"\b(class|record|struct|enum)\s+\w*(Manager|Helper|Processor|Refund|Payload)",
        RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Unsaid();

    [GeneratedRegex(@"(using|global::|= )\s*MassTransit\b", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex KnowsMassTransit();

    [GeneratedRegex(@"\binterface\s+I[A-Z]", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Interface();

    sealed record SourceFile(string Path, string[] Lines);
}
