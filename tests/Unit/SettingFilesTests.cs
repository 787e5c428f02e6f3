using Microsoft.Extensions.Configuration;

namespace Reversals.Tests.Unit;

/// <summary>Settings are read again when their files look changed, however these were changed.</summary>
public sealed class SettingFilesTests : IDisposable
{
    const string Secret = "Clients__acme__ApiKeys__0";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reversal-files-");
    readonly HandClock _clock = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_looks_the_same_is_read_a_few_times_more_and_then_once_a_minute()
    {
        var reads = 0;
        var source = new SettingSource(() => Read(ref reads), () => "the same");
        Take(source, 100);
        reads.ShouldBe(5, "a file may change twice within the shortest time that is told");
        _clock.Pass(60);
        Take(source, 100);
        reads.ShouldBe(6, "a file system may tell no change at all");
    }

    [Fact]
    public void What_looks_changed_is_read_at_once_and_so_is_what_tells_nothing()
    {
        int reads = 0, blind = 0, looks = 0;
        var source = new SettingSource(() => Read(ref reads), () => looks > 20 ? "changed" : "as before");
        for (; looks < 20; looks++)
        {
            Take(source, 1);
        }

        var before = reads;
        looks = 21;
        Take(source, 1);
        reads.ShouldBe(before + 1);

        Take(new SettingSource(() => Read(ref blind)), 20);
        blind.ShouldBe(20);
    }

    [Fact]
    public void What_cannot_be_read_is_tried_again_although_it_looks_the_same()
    {
        var isReadable = false;
        var source = new SettingSource(
            () => isReadable
                ? new ConfigurationBuilder().Build()
                : throw new ConfigurationException(["no right to read it"]),
            () => "the same");
        Take(source, 20).Problem.ShouldNotBeNull();
        isReadable = true;
        Take(source, 1).Problem.ShouldBeNull();
    }

    [Fact]
    public void Each_way_to_change_a_file_is_seen()
    {
        Write(Secret, "the-first-key");
        Write("appsettings.json", "{}");
        var files = new SettingFiles(In("appsettings.json"), _folder.FullName);
        var looks = new List<string> { files.Look() };
        files.Look().ShouldBe(looks[0]);

        Write(Secret, "the-first-key-and-more");
        looks.Add(files.Look());
        File.SetLastWriteTimeUtc(In(Secret), DateTime.UnixEpoch);
        looks.Add(files.Look());
        Write("Clients__globex__ApiKeys__0", "the-key-of-globex");
        looks.Add(files.Look());
        File.Delete(In("Clients__globex__ApiKeys__0"));
        File.Delete(In(Secret));
        looks.Add(files.Look());
        Write("appsettings.json", "{ }");
        looks.Add(files.Look());
        _folder.Delete(recursive: true);
        looks.Add(files.Look());
        _folder.Create();

        looks.Distinct(StringComparer.Ordinal).Count().ShouldBe(looks.Count);
    }

    /// <summary>As Kubernetes does it: the files are links into a folder that is a link itself.</summary>
    [Fact]
    public void A_folder_that_is_swapped_by_a_link_is_seen_and_read()
    {
        var (before, after) = (_folder.CreateSubdirectory("..1"), _folder.CreateSubdirectory("..2"));
        (DirectoryInfo, string)[] both = [(before, "the-key-one"), (after, "the-key-two")];
        foreach (var (folder, key) in both)
        {
            // Of the same length and age: nothing but the link tells them apart.
            var file = Path.Combine(folder.FullName, Secret);
            File.WriteAllText(file, key);
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        }

        Directory.CreateSymbolicLink(In("..data"), "..1");
        File.CreateSymbolicLink(In(Secret), Path.Combine("..data", Secret));
        var source = new SettingSource(
            () => SettingSources.Load("/", _folder.FullName),
            new SettingFiles("/no/such/file", _folder.FullName).Look);
        Take(source, 20).Values["Clients:acme:ApiKeys:0"].ShouldBe("the-key-one");

        Directory.Delete(In("..data"));
        Directory.CreateSymbolicLink(In("..data"), "..2");
        Take(source, 1).Values["Clients:acme:ApiKeys:0"].ShouldBe("the-key-two");
    }

    [Fact]
    public void A_folder_and_a_file_that_are_links_themselves_are_seen_when_they_are_swapped()
    {
        foreach (var name in (string[])["one", "two"])
        {
            _folder.CreateSubdirectory(name);
            Write(Path.Combine(name, Secret), "a-key");
            File.SetLastWriteTimeUtc(In(Path.Combine(name, Secret)), DateTime.UnixEpoch);
        }

        var files = new SettingFiles(In("file"), In("secrets"));
        var looks = new List<string>();
        foreach (var (folder, file) in ((string, string)[])[("one", "one"), ("two", "one"), ("two", "two")])
        {
            Directory.CreateSymbolicLink(In("secrets"), folder);
            File.CreateSymbolicLink(In("file"), Path.Combine(file, Secret));
            looks.Add(files.Look());
            Directory.Delete(In("secrets"));
            File.Delete(In("file"));
        }

        looks.Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
    }

    SettingSnapshot Take(SettingSource source, int times)
    {
        var taken = source.Take<WorkerOptions>(_clock);
        for (var time = 1; time < times; time++)
        {
            taken = source.Take<WorkerOptions>(_clock);
        }

        return taken;
    }

    static IConfiguration Read(ref int reads)
    {
        reads++;
        return new ConfigurationBuilder().Build();
    }

    string In(string name) => Path.Combine(_folder.FullName, name);

    void Write(string name, string text) => File.WriteAllText(In(name), text);
}
