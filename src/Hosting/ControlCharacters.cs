using System.Globalization;
using System.Text;

namespace Reversals.Hosting;

/// <summary>
/// Characters that a reader cannot see or that change the text around them: a terminal obeys them, a browser
/// turns the line, and two references that look the same differ. People are shown their codes instead.
/// </summary>
static class ControlCharacters
{
    /// <summary>
    /// Default_Ignorable_Code_Point of Unicode beyond what the general categories say, and the blank of
    /// Braille: letters and marks without a shape.
    /// </summary>
    static readonly (int First, int Last)[] Shapeless =
    [
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800),
        (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF),
    ];

    /// <summary>
    /// The text with the code of each such character in its place: <c>\u202e</c>, and beyond the first plane
    /// <c>\U000e0041</c>.
    /// </summary>
    /// <param name="text">Anything, lone surrogates too.</param>
    /// <param name="keepLines">Whether line feeds and tabs stay as they are.</param>
    internal static string Escape(string text, bool keepLines = false)
    {
        StringBuilder? seen = null;
        for (var place = 0; place < text.Length;)
        {
            var length = CodeAt(text, place, out var code);
            if (IsHidden(code) && !(keepLines && (code is '\n' or '\t')))
            {
                seen ??= new StringBuilder(text, 0, place, text.Length + 32);
                _ = code > char.MaxValue
                    ? seen.Append(CultureInfo.InvariantCulture, $"\\U{code:x8}")
                    : seen.Append(CultureInfo.InvariantCulture, $"\\u{code:x4}");
            }
            else
            {
                seen?.Append(text, place, length);
            }

            place += length;
        }

        return seen?.ToString() ?? text;
    }

    /// <summary>
    /// The first character that cannot be meant in a setting or in what a person types: a control or format
    /// character, half of a surrogate pair, or what stands for bytes that are no UTF-8. Null: there is none.
    /// </summary>
    /// <param name="text">A value of a setting, an option, a field of a form.</param>
    /// <returns>Such as <c>U+0009 as character 5</c>; the rest may be secret and is not told.</returns>
    internal static string? First(string text)
    {
        for (var place = 0; place < text.Length;)
        {
            var length = CodeAt(text, place, out var code);
            if (code == 0xFFFD || CharUnicodeInfo.GetUnicodeCategory(code) is UnicodeCategory.Control
                or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate)
            {
                return string.Create(CultureInfo.InvariantCulture, $"U+{code:X4} as character {place + 1}");
            }

            place += length;
        }

        return null;
    }

    static bool IsHidden(int code) => code is not ' '
        && (CharUnicodeInfo.GetUnicodeCategory(code) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
            or UnicodeCategory.OtherNotAssigned
            || Array.Exists(Shapeless, range => range.First <= code && code <= range.Last));

    /// <summary>A lone surrogate is a code of its own.</summary>
    static int CodeAt(string text, int place, out int code)
    {
        var isPair = char.IsSurrogatePair(text, place);
        code = isPair ? char.ConvertToUtf32(text, place) : text[place];
        return isPair ? 2 : 1;
    }
}
