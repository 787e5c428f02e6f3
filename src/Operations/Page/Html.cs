using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Reversals.Processing;

namespace Reversals.Operations.Page;

/// <summary>
/// A piece of HTML, written as an interpolated string: <c>Html row = $"&lt;td&gt;{name}&lt;/td&gt;"</c>. What
/// stands in the code is taken as it is, what is put into it is encoded; so nothing that a stranger sent can
/// become markup. Attributes must be in double quotes.
/// </summary>
[InterpolatedStringHandler]
sealed class Html
{
    static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    readonly StringBuilder _text;

    /// <summary>Called by the compiler.</summary>
    public Html(int literalLength, int formattedCount) =>
        _text = new StringBuilder(literalLength + (formattedCount * 16));

    internal static Html None => $"";

    /// <summary>Says that an interpolated string is HTML, where it would be taken for text.</summary>
    internal static Html Of(Html html) => html;

    /// <summary>Text of our own, as it is.</summary>
    internal static Html Trusted(string text)
    {
        Html html = $"";
        html.AppendLiteral(text);
        return html;
    }

    public void AppendLiteral(string value) => _text.Append(value);

    public void AppendFormatted(Html? value) => _text.Append(value?._text);

    public void AppendFormatted(IEnumerable<Html> values)
    {
        foreach (var value in values)
        {
            _text.Append(value._text);
        }
    }

    public void AppendFormatted(string? value) => _text.Append(Encoder.Encode(
        ControlCharacters.Escape(value ?? "", keepLines: true)));

    public void AppendFormatted(long value) => _text.Append(CultureInfo.InvariantCulture, $"{value}");

    public override string ToString() => _text.ToString();
}
