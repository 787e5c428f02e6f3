using System.Security.Cryptography;
using System.Text;

namespace Reversals.Operations.Page;

/// <summary>The one style sheet. It stands in each page, so that a page is a single request.</summary>
static class Style
{
    internal static readonly string Sheet = Read();

    /// <summary>What the content security policy lets through: this sheet and no other.</summary>
    internal static readonly string Source =
        $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Sheet)))}'";

    static string Read()
    {
        using var stream = typeof(Style).Assembly.GetManifestResourceStream("Page/page.css")
            ?? throw new InvalidOperationException("The style sheet page.css is not in this build.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
