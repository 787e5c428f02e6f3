using System.CommandLine;

namespace Reversals.Operations.Commands;

/// <summary>A file with a body, or the standard input.</summary>
static class InputFile
{
    /// <summary>Far beyond any message; a device would never end.</summary>
    const int MostBytes = 16 * 1024 * 1024;

    internal static readonly Argument<string> Argument = new("file")
    {
        Description = "File with the exact bytes of the body; - is the standard input",
        DefaultValueFactory = _ => "-",
    };

    internal static Task<byte[]> ReadAsync(ParseResult parsed, CancellationToken stop)
    {
        var file = parsed.GetValue(Argument)!;
        return ReadAsync(
            "file", file, () => file is "-" ? Console.OpenStandardInput() : File.OpenRead(file), stop);
    }

    /// <param name="name">Of the option or argument that names it.</param>
    /// <param name="file">Its name.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="stop">Gives up.</param>
    internal static async Task<byte[]> ReadAsync(
        string name, string file, Func<Stream> open, CancellationToken stop)
    {
        try
        {
            await using var input = open();
            using var content = new MemoryStream();
            var piece = new byte[64 * 1024];
            while (await input.ReadAsync(piece, stop) is var count and > 0)
            {
                await content.WriteAsync(piece.AsMemory(0, count), stop);
                if (content.Length > MostBytes)
                {
                    throw new UsageException(
                        $"{name}: expected at most {MostBytes} bytes, found more in {file}");
                }
            }

            return content.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new UsageException($"{name}: expected a file that can be read; {error.Message}");
        }
    }
}
