using Reversals.Operations.Commands;
using Reversals.Operations.Page;

namespace Reversals.Tests.Unit;

/// <summary>What people are shown is what was sent, in commands and on the page alike.</summary>
public sealed class ControlCharacterTests
{
    static readonly UnicodeCategory[] Unseen =
    [
        UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.LineSeparator,
        UnicodeCategory.ParagraphSeparator, UnicodeCategory.PrivateUse, UnicodeCategory.Surrogate,
        UnicodeCategory.OtherNotAssigned,
    ];

    [Fact]
    public void Every_code_point_that_cannot_be_seen_is_shown_as_its_code()
    {
        for (var code = 0; code <= 0x10FFFF; code++)
        {
            if (!Unseen.Contains(CharUnicodeInfo.GetUnicodeCategory(code)))
            {
                continue;
            }

            var text = code is >= 0xD800 and <= 0xDFFF
                ? ((char)code).ToString()
                : char.ConvertFromUtf32(code);
            var seen = ControlCharacters.Escape($"a{text}b");
            if (!seen.Equals(code > 0xFFFF ? $"a\\U{code:x8}b" : $"a\\u{code:x4}b", StringComparison.Ordinal))
            {
                Assert.Fail($"U+{code:X4} is shown as {seen}");
            }
        }
    }

    [Theory]
    [InlineData("\U000e0041", @"\U000e0041")]
    [InlineData("a\u202eb", @"a\u202eb")]
    [InlineData("\ufe0f\U000e0100\u034f", @"\ufe0f\U000e0100\u034f")]
    [InlineData("\u3164\u115f\u2800", @"\u3164\u115f\u2800")]
    [InlineData("a\u00a0b\u2003c", @"a\u00a0b\u2003c")]
    [InlineData("\U000f0000\U0010fffd", @"\U000f0000\U0010fffd")]
    [InlineData("ünï 汉字 😀 ✓ Jl. Sudirman – 5", "ünï 汉字 😀 ✓ Jl. Sudirman – 5")]
    public void A_table_and_the_page_show_the_same(string sent, string seen)
    {
        string.Concat(Table.Lines(["t"], [[sent]]).Skip(2)).Trim().ShouldBe(seen);
        var page = new PageEncoder().Encode(sent);
        System.Net.WebUtility.HtmlDecode(page.ToString()).ShouldBe(seen);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_shown_as_its_code()
    {
        ControlCharacters.Escape("\ud800x").ShouldBe(@"\ud800x");
        ControlCharacters.Escape("x\udc00").ShouldBe(@"x\udc00");
        ControlCharacters.Escape("\udc00\ud800\U000e0041").ShouldBe(@"\udc00\ud800\U000e0041");
    }

    [Fact]
    public void A_line_of_a_table_is_not_cut_within_a_character()
    {
        foreach (var start in (string[])["", "x"])
        {
            Table.Lines(["t"], [[start + string.Concat(Enumerable.Repeat("😀", 200))]])
                .ShouldAllBe(line => !line.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar));
        }
    }
}
