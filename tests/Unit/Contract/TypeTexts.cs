using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Reversals.Contracts;

namespace Reversals.Tests.Unit.Contract;

/// <summary>What the comments of the contract's types say, as plain text.</summary>
static partial class TypeTexts
{
    static readonly Dictionary<string, string> Summaries = XDocument
        .Load(Path.ChangeExtension(typeof(Wire).Assembly.Location, ".xml"))
        .Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(
            member => member.Attribute("name")!.Value, member => Plain(member.Element("summary")!),
            StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">Nothing is said of it.</exception>
    internal static string Of(MemberInfo member) => Summaries[member is Type type
        ? $"T:{type.FullName}"
        : $"P:{member.DeclaringType!.FullName}.{member.Name}"];

    static string Plain(XElement summary) => Blanks().Replace(
        string.Concat(summary.Nodes().Select(node => node is XElement element ? Word(element) : node.ToString())),
        " ").Trim().Replace("&lt;", "<", StringComparison.Ordinal);

    /// <summary>A reference to a property stands for its name on the wire, one to a constant for its text.</summary>
    static string Word(XElement element)
    {
        var target = element.Attribute("cref")?.Value;
        if (target is null)
        {
            return element.Value;
        }

        var name = target.Split('.')[^1];
        var owner = typeof(Wire).Assembly.GetType(target[2..^(name.Length + 1)]);
        return owner?.GetProperty(name) is { } property ? ContractSchemas.NameOf(property) ?? name
            : owner?.GetField(name) is { IsLiteral: true } constant ? Convert.ToString(constant.GetRawConstantValue(), CultureInfo.InvariantCulture)!
            : name;
    }

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Blanks();
}
