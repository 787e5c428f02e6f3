using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Reversals.Tests.Unit;

/// <summary>The points at which a chaos run kills the worker are in its source and not in what is delivered.</summary>
public sealed class CrashPointTests
{
    /// <summary>Between saving and COMMIT nothing of the worker runs: there the chaos run's proxy kills.</summary>
    const string ByTheProxy = "after-save";

    static readonly string[] Points =
    [
        .. ((string[])
            [
                "receive", "verify", "load", "decide", "save", "send-commit", "tell-outcome", "acknowledge",
                "claim", "publish", "confirm", "complete",
            ])
            .SelectMany(step => (string[])[$"before-{step}", $"after-{step}"])
            .Where(point => point is not ByTheProxy),
    ];

    [Fact]
    public void Each_crash_point_has_one_place_in_the_source()
    {
        var source = string.Concat(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                .Where(path => !path.Contains("/obj/", StringComparison.Ordinal)
                    && !path.EndsWith("CrashPoint.cs", StringComparison.Ordinal))
                .Select(File.ReadAllText));
        Points.ShouldAllBe(point => source.Split($"\"{point}\"", StringSplitOptions.None).Length == 2);
    }

    [Fact]
    public void The_delivered_worker_has_no_crash_point()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Reversals.Processing.dll"));
        using var assembly = new PEReader(file);
        var reader = assembly.GetMetadataReader();
        List<string> texts = [];
        for (var next = MetadataTokens.UserStringHandle(1); !next.IsNil; next = reader.GetNextHandle(next))
        {
            texts.Add(reader.GetUserString(next));
        }

        texts.ShouldContain(text => text == "reversals-publish", "the texts of the assembly are found");
        texts.ShouldNotContain(text => text == "CHAOS_CRASH");
        texts.Intersect(Points, StringComparer.Ordinal).ShouldBeEmpty();
    }
}
