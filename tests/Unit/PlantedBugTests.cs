using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Reversals.Tests.Unit;

/// <summary>The bugs that the chaos run must catch can be planted in the source as it is.</summary>
public sealed class PlantedBugTests
{
    static readonly Dictionary<string, PlantedBug> Bugs =
        PlantedBug.ReadAll().ToDictionary(bug => bug.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Bugs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_edit_changes_one_member_and_leaves_source_that_parses(string name)
    {
        Dictionary<string, string> changed = new(StringComparer.Ordinal);
        Bugs[name].Edits.ShouldNotBeEmpty();
        foreach (var edit in Bugs[name].Edits)
        {
            var (file, text) = edit.Apply(Repository.Root, changed);
            var before = changed.GetValueOrDefault(file) ?? File.ReadAllText(file);
            text.Equals(before, StringComparison.Ordinal).ShouldBeFalse();
            changed[file] = text;
            if (!edit.IsSql)
            {
                var (old, now) = (Members(before), Members(text));
                now.Select(member => member.Name).ShouldBe(old.Select(member => member.Name));
                now.Except(old).Select(member => member.Name).ShouldBe([edit.Place]);
            }
        }
    }

    [Fact]
    public void A_piece_that_stands_nowhere_is_an_error() =>
        Should.Throw<InvalidOperationException>(() => new SourceEdit("ReversalPolicy.DecideAnew", "no such words", "")
            .Apply(Repository.Root, new Dictionary<string, string>(StringComparer.Ordinal)));

    [Fact]
    public void A_piece_that_stands_twice_is_an_error() =>
        Should.Throw<InvalidOperationException>(() => new SourceEdit("ReversalPolicy.DecideAnew", "return", "")
            .Apply(Repository.Root, new Dictionary<string, string>(StringComparer.Ordinal)));

    /// <summary>All members of a text, which must parse.</summary>
    static (string Name, string Text)[] Members(string text)
    {
        var tree = CSharpSyntaxTree.ParseText(text, cancellationToken: TestContext.Current.CancellationToken);
        tree.GetDiagnostics(TestContext.Current.CancellationToken).ShouldBeEmpty();
        return
        [
            .. from type in tree.GetRoot(TestContext.Current.CancellationToken).DescendantNodes()
                   .OfType<TypeDeclarationSyntax>()
               from member in type.Members
               where member is not BaseTypeDeclarationSyntax
               select ($"{type.Identifier.Text}.{SourceEdit.NameOf(member)}", member.ToString()),
        ];
    }
}
