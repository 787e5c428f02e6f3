using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.RabbitMq;
using Reversals.Tests.Harness;
using Reversals.Worker;
using Shouldly;
using Xunit;

namespace Reversals.Tests.Unit;

/// <summary>
/// The house has one word for each thing. These are the words that it gave up: no type, member, comment, help
/// text, log message or document says them any more.
/// </summary>
public sealed partial class WordTests
{
    /// <summary>Names of types that were replaced by the field's own word.</summary>
    static readonly string[] GivenUpTypes =
    [
        "Verbs", "Verb", "Root", "Asked", "Told", "Shell", "Output", "Failures", "Harmless", "Visible",
        "OutboxDesk", "QuarantineDesk", "Desks", "StatusBoard", "References", "Known", "Step", "Sought",
        "Explanation", "Words", "Mask", "Say", "Leaf", "Frame", "Outlook", "Guard", "Site", "QueueWatch", "Pace",
        "Stall", "HeldUp", "Overtaken", "Settle", "Rest", "Wave", "Chains", "LeaseKeeper", "Exchange",
        "Probe", "CommitProbe", "OutboxSignal", "Backlog", "Column", "GuardedTcpClient", "GuardedStream",
        "EagerChannel", "Acknowledgements", "ReceiveLoop", "Glance", "Patience", "Misfit", "ConfigurationShape",
    ];

    /// <summary>Words that no name of a type or member contains.</summary>
    static readonly string[] GivenUpParts =
    [
        "Refund", "Desk", "Desks", "Stranger", "Strangers", "Verb", "Verbs", "Sought", "Glance", "Patience", "Misfit",
        "Outlook", "Leaf", "Deed", "Deeds", "Paces",
    ];

    /// <summary>Words that no text says, with what is said instead.</summary>
    static readonly (string Word, string Instead)[] GivenUpTexts =
    [
        (@"strangers?", "untrusted sender, or another session"),
        (@"verbs?", "command"),
        (@"at hand", "in flight"),
        (@"desks?", "admin, or query"),
        (@"deeds?", "action"),
        (@"(on|people's) duty", "operator"),
        (@"refunds?", "reversal"),
        (@"the page for people", "the operator page"),
        (@"the page's (example|request|body|fields?)", "the biller API specification's"),
        (@"LeaseKeeper|WavePublisher|ReceiveLoop|EagerChannel|GuardedTcpClient|GuardedStream", "the type of today"),
    ];

    static readonly Assembly[] House =
    [
        typeof(Wire).Assembly, typeof(ReversalPolicy).Assembly, typeof(BrokerConnection).Assembly,
        typeof(WorkerOptions).Assembly, typeof(StatusQuery).Assembly, typeof(WorkerHost).Assembly,
    ];

    [Fact]
    public void No_type_has_a_name_that_was_given_up()
    {
        Types().Where(type => GivenUpTypes.Contains(NameOf(type), StringComparer.Ordinal))
            .Select(type => type.FullName).ShouldBeEmpty();
    }

    [Fact]
    public void No_name_of_a_type_or_member_contains_a_word_that_was_given_up()
    {
        var names = from type in Types()
                    from member in type.GetMembers(
                        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
                        | BindingFlags.DeclaredOnly).Prepend(type)
                    where !IsGenerated(member)
                        && Parts(member.Name).Intersect(GivenUpParts, StringComparer.Ordinal).Any()
                    select $"{type.FullName}: {member.Name}";

        names.Distinct(StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void No_document_says_a_word_that_was_given_up()
    {
        var texts = Files("*.md").Where(path => path.StartsWith("src/", StringComparison.Ordinal)
            || path.StartsWith("deploy/", StringComparison.Ordinal)
            || path.StartsWith("tests/", StringComparison.Ordinal)
            || !path.Contains('/', StringComparison.Ordinal)).ToList();

        texts.Count.ShouldBeGreaterThan(20);
        texts.SelectMany(Found).ShouldBeEmpty();
    }

    [Fact]
    public void No_comment_help_text_or_log_message_says_a_word_that_was_given_up()
    {
        var texts = Files("*.cs").Concat(Files("*.razor"))
            .Where(path => path.StartsWith("src/", StringComparison.Ordinal)).ToList();

        texts.Count.ShouldBeGreaterThan(100);
        texts.SelectMany(Found).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("It came from a stranger.", true)]
    [InlineData("With the verbs of the binary", true)]
    [InlineData("what is at hand", true)]
    [InlineData("Stay on duty", true)]
    [InlineData("an untrusted sender's verbose text at the handler", false)]
    public void A_word_that_was_given_up_is_found_as_a_word(string text, bool found)
    {
        Words(text).Any().ShouldBe(found);
    }

    [Fact]
    public void A_name_that_was_given_up_is_found_in_a_type_and_in_a_member()
    {
        GivenUpTypes.Contains(NameOf(typeof(Told<>)), StringComparer.Ordinal).ShouldBeTrue();
        Parts(nameof(Told<int>.ReadVerbAsync)).Intersect(GivenUpParts, StringComparer.Ordinal).ShouldBe(["Verb"]);
        Parts("Proverbs").Intersect(GivenUpParts, StringComparer.Ordinal).ShouldBeEmpty();
    }

    static IEnumerable<Type> Types() =>
        House.Distinct().SelectMany(assembly => assembly.GetTypes()).Where(type => !IsGenerated(type));

    static bool IsGenerated(MemberInfo member) =>
        member.Name.Contains('<', StringComparison.Ordinal)
        || member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        || (member is Type { DeclaringType: { } outer } && IsGenerated(outer));

    static string NameOf(Type type) => type.Name.Split('`')[0];

    static IEnumerable<string> Parts(string name) => Part().Matches(name).Select(part => part.Value);

    static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Repository.Root, pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !ArchitectureTests.Generated().IsMatch(path));

    static IEnumerable<string> Found(string path) =>
        from line in File.ReadLines(Path.Combine(Repository.Root, path)).Index()
        from word in Words(line.Item)
        select $"{path}:{line.Index + 1} {word}: {line.Item.Trim()}";

    static IEnumerable<string> Words(string text) =>
        from word in GivenUpTexts
        let match = Regex.Match(
            text, $@"\b({word.Word})\b", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(5))
        where match.Success
        select $"says '{match.Value}' for {word.Instead}";

    [GeneratedRegex("[A-Z][a-z0-9]*|[a-z0-9]+", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Part();

    /// <summary>Planted: a type and a member whose names were given up.</summary>
    static class Told<T>
    {
        internal static Task<T?> ReadVerbAsync() => Task.FromResult(default(T));
    }
}
