using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Primitives;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>
/// What comes in with a request. What no field of ours can hold – PostgreSQL takes no NUL, and half a
/// surrogate pair is no text – is refused with a sentence before anybody is asked.
/// </summary>
static class Input
{
    /// <summary>Longest value in an address; a reference is the longest there is.</summary>
    const int Longest = ReferenceSearch.Longest;

    /// <summary>Longest value of a form; each has a shorter limit of its own.</summary>
    const int LongestOfForm = 1_000;

    static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null: the values in the address can be read.</summary>
    internal static string? Problem(HttpRequest request)
    {
        try
        {
            // Decoded in the ordinary way, what is no UTF-8 would be taken for its own percent signs.
            var raw = Encoding.ASCII.GetBytes(request.QueryString.Value ?? "");
            _ = Strict.GetCharCount(WebUtility.UrlDecodeToBytes(raw, 0, raw.Length) ?? []);
        }
        catch (DecoderFallbackException)
        {
            return "The address: expected percent signs and codes of UTF-8, found bytes that are none";
        }

        return Problem(request.Query, Longest);
    }

    /// <summary>Null: the values of the form can be read.</summary>
    internal static string? Problem(IFormCollection form) => Problem(form, LongestOfForm);

    /// <summary>An id or a place in a list; null: it is none.</summary>
    internal static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static string? Problem(IEnumerable<KeyValuePair<string, StringValues>> fields, int longest) => (
        from field in fields
        let value = field.Value.ToString()
        let found = field.Value.Count > 1 ? "more than one value"
            : ControlCharacters.First(value) is { } hidden ? hidden
            : ControlCharacters.First(field.Key) is { } inName ? $"{inName} of the name"
            : Math.Max(value.Length, field.Key.Length) is var length && length > longest
                ? string.Create(CultureInfo.InvariantCulture, $"{length} characters")
            : null
        where found is not null
        let name = field.Key[..Math.Min(field.Key.Length, longest)]
        select $"{name}: expected one value of at most {longest} characters that can be seen, found {found}")
        .FirstOrDefault();
}
