using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Reversals.Operations.Page;

/// <summary>
/// Whatever is put into a page goes through this: characters that hide or turn the text are shown as their
/// codes, and then nothing is left that could become markup. The framework's own encoder writes a character
/// such as U+202E as it is, and a browser obeys it.
/// </summary>
sealed class PageEncoder : HtmlEncoder
{
    static readonly HtmlEncoder Markup = Create(UnicodeRanges.All);

    public override int MaxOutputCharactersPerInputCharacter => Markup.MaxOutputCharactersPerInputCharacter;

    public override string Encode(string value) =>
        Markup.Encode(ControlCharacters.Escape(value, keepLines: true));

    public override void Encode(TextWriter output, string value, int startIndex, int characterCount)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(value);
        output.Write(Encode(
            characterCount == value.Length ? value : value.Substring(startIndex, characterCount)));
    }

    public override void Encode(TextWriter output, char[] value, int startIndex, int characterCount)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(Encode(new string(value, startIndex, characterCount)));
    }

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) =>
        throw new NotSupportedException("A text is encoded as a whole.");

    public override unsafe bool TryEncodeUnicodeScalar(
        int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        throw new NotSupportedException("A text is encoded as a whole.");

    public override bool WillEncode(int unicodeScalar) =>
        throw new NotSupportedException("A text is encoded as a whole.");
}
