using System.Globalization;
using System.Text;

namespace Reversals.Hosting;

/// <summary>
/// What can be told of the files of settings without reading them. Each is opened, so that the links that
/// Kubernetes swaps are followed by the system itself.
/// </summary>
/// <param name="file">Holds <c>appsettings.json</c>, perhaps.</param>
/// <param name="secrets">A folder with a file for each secret; null or empty: none.</param>
sealed class SettingFiles(string file, string? secrets)
{
    /// <summary>Another text when one of them was written, swapped, added or taken away.</summary>
    internal string Look()
    {
        var text = new StringBuilder();
        text.Append(new FileInfo(file).LinkTarget).Append(' ');
        Describe(text, file);
        if (!string.IsNullOrEmpty(secrets))
        {
            try
            {
                var folder = new DirectoryInfo(secrets);
                text.Append(folder.LinkTarget).Append('\n');
                foreach (var entry in folder.EnumerateFileSystemInfos()
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal))
                {
                    text.Append(entry.Name).Append(' ').Append(entry.LinkTarget).Append(' ');
                    Describe(text, entry.FullName);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                text.Append(error.GetType().Name);
            }
        }

        return text.ToString();
    }

    static void Describe(StringBuilder text, string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            text.Append(CultureInfo.InvariantCulture,
                $"{RandomAccess.GetLength(handle)} {File.GetLastWriteTimeUtc(handle).Ticks}\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A folder, or a file that is not there or is not for us.
            text.Append(CultureInfo.InvariantCulture, $"{error.GetType().Name}\n");
        }
    }
}
