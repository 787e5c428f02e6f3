using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Reversals.Tests.Harness;

/// <summary>Replaces a piece of one member, or of one file of SQL. The piece is found wherever the member
/// stands and however it is laid out, and there must be exactly one.</summary>
/// <param name="Place"><c>Type.Member</c>, or the name of a file of SQL.</param>
/// <param name="Old">The piece.</param>
/// <param name="New">What comes instead.</param>
sealed record SourceEdit(string Place, string Old, string New)
{
    const string In = "In: ";
    const string Replace = "Replace:";
    const string With = "With:";

    internal bool IsSql => Place.EndsWith(".sql", StringComparison.Ordinal);

    internal static IEnumerable<SourceEdit> ReadAll(string[] lines)
    {
        for (var from = Array.FindIndex(lines, IsIn); from >= 0;)
        {
            var next = Array.FindIndex(lines, from + 1, IsIn);
            var end = next < 0 ? lines.Length : next;
            var with = Array.IndexOf(lines, With, from, end - from);
            if (!string.Equals(lines[from + 1], Replace, StringComparison.Ordinal) || with < 0)
            {
                throw new InvalidOperationException($"\"{lines[from]}\" is not followed by {Replace} and {With}");
            }

            yield return new SourceEdit(
                lines[from][In.Length..], Text(lines[(from + 2)..with]), Text(lines[(with + 1)..end]));
            from = next;
        }

        static bool IsIn(string line) => line.StartsWith(In, StringComparison.Ordinal);
        static string Text(string[] part) => string.Join('\n', part).Trim('\n');
    }

    /// <summary>The changed file and its text.</summary>
    /// <param name="root">Of the repository, or of a copy.</param>
    /// <param name="changed">Files that were changed before, with their texts.</param>
    internal (string File, string Text) Apply(string root, IReadOnlyDictionary<string, string> changed)
    {
        List<(string File, string Text, int Start, int End)> found =
        [
            .. from file in Directory.EnumerateFiles(
                   Path.Combine(root, "src"), IsSql ? Place : "*.cs", SearchOption.AllDirectories)
               where !file.Contains("/obj/", StringComparison.Ordinal)
                   && !file.Contains("/bin/", StringComparison.Ordinal)
               let text = changed.GetValueOrDefault(file) ?? File.ReadAllText(file)
               from piece in IsSql ? Pieces(text, 0) : PiecesOfMember(text)
               select (file, text, piece.Start, piece.End),
        ];
        return found is [var one]
            ? (one.File, one.Text[..one.Start] + New + one.Text[one.End..])
            : throw new InvalidOperationException(
                $"In {Place} there are {found.Count} places and not one that read\n{Old}");
    }

    IEnumerable<(int Start, int End)> PiecesOfMember(string text)
    {
        var (type, member) = (Place[..Place.LastIndexOf('.')], Place[(Place.LastIndexOf('.') + 1)..]);
        return !text.Contains(type, StringComparison.Ordinal)
            ? []
            : from declared in CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes()
                  .OfType<TypeDeclarationSyntax>()
              where declared.Identifier.Text.Equals(type, StringComparison.Ordinal)
              from one in declared.Members
              where NameOf(one).Equals(member, StringComparison.Ordinal)
              from piece in Pieces(text[one.SpanStart..one.Span.End], one.SpanStart)
              select piece;
    }

    internal static string NameOf(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        FieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier.Text,
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        _ => "",
    };

    /// <summary>Where the piece stands, whatever blanks and line ends are between.</summary>
    IEnumerable<(int Start, int End)> Pieces(string text, int offset)
    {
        int[] places = [.. Enumerable.Range(0, text.Length).Where(place => !char.IsWhiteSpace(text[place]))];
        var dense = string.Concat(places.Select(place => text[place]));
        var wanted = string.Concat(Old.Where(letter => !char.IsWhiteSpace(letter)));
        for (var at = dense.IndexOf(wanted, StringComparison.Ordinal); at >= 0;
            at = dense.IndexOf(wanted, at + 1, StringComparison.Ordinal))
        {
            yield return (offset + places[at], offset + places[at + wanted.Length - 1] + 1);
        }
    }
}
