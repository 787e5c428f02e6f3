using System.Text.RegularExpressions;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Reading;

/// <summary>Reads folders of corpora. What a file is, is seen by its name and content: test-parsing files
/// named by their verdict, arrays of strings, lists of lines, HMAC vectors. Whatever else there is, is
/// named.</summary>
sealed partial class CorpusReader(int most)
{
    const int LargestFile = 16 * 1024 * 1024;
    static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    readonly Corpus _corpus = new();

    /// <param name="folders">Where to look, with all folders below.</param>
    /// <param name="most">How many lines of one file are taken, spread evenly.</param>
    internal static Corpus Read(IEnumerable<string> folders, int most)
    {
        var reader = new CorpusReader(most);
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder))
            {
                throw new HostileException($"There is no folder {folder}.");
            }

            var options = new EnumerationOptions { RecurseSubdirectories = true };
            var files = Directory.EnumerateFiles(folder, "*", options)
                .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace('\\', '/')))
                .Where(file => !file.Name.Split('/').Any(part => part.StartsWith('.')))
                .OrderBy(file => file.Name, StringComparer.Ordinal);
            foreach (var (path, name) in files)
            {
                reader.ReadFile(path, name);
            }
        }

        return reader._corpus;
    }

    void ReadFile(string path, string name)
    {
        if (new FileInfo(path).Length > LargestFile)
        {
            _corpus.Unknown.Add($"{name}: larger than {LargestFile} bytes");
            return;
        }

        var bytes = File.ReadAllBytes(path);
        var found = Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".JSON" => ReadJson(bytes, name),
            ".TXT" or ".LST" or ".LIST" or "" => ReadLines(bytes, name),
            _ => null,
        };
        if (found is null)
        {
            _corpus.Unknown.Add($"{name}: no JSON, no list of lines");
        }
        else
        {
            _corpus.Files[found] = _corpus.Files.GetValueOrDefault(found) + 1;
        }
    }

    string ReadJson(byte[] bytes, string name)
    {
        var kind = Path.GetFileName(name)[..Math.Min(2, Path.GetFileName(name).Length)] switch
        {
            "y_" => Kind.MustParse,
            "n_" => Kind.MustNotParse,
            "i_" => Kind.MayParse,
            _ => null,
        };
        var json = JsonReader.ReadAny(bytes.AsSpan(bytes.AsSpan().StartsWith(Mark) ? Mark.Length : 0));
        if (kind is null && json?["testGroups"] is { } groups)
        {
            if (ReadVectors(json, groups, name))
            {
                return Kind.Vectors;
            }

            _corpus.Unknown.Add($"{name}: no vectors with key, msg and tag, so it is one JSON text");
        }

        if (kind is null && json is { Kind: JsonKind.List, Items: { Count: > 0 } items }
            && items.All(item => item.Kind == JsonKind.Text))
        {
            return Add(name, [.. items.Select(item => (Characters.Bytes(item.Text), (string?)item.Text))]);
        }

        kind ??= Kind.OtherJson;
        _corpus.Texts.Add(new HostileText(kind, name, bytes) { Units = Characters.Of(bytes) });
        return kind;
    }

    /// <summary>One text a line; a line that begins with # is a comment, an empty one is nothing.</summary>
    string? ReadLines(byte[] bytes, string name)
    {
        var text = bytes.AsSpan().StartsWith(Mark) ? bytes.AsMemory(Mark.Length) : bytes;
        if (text.Span.Contains((byte)0) && Characters.Of(bytes) is null)
        {
            return null;
        }

        var lines = new List<(byte[] Bytes, string? Units)>();
        foreach (var range in text.Span.Split((byte)'\n'))
        {
            var line = text.Span[range].TrimEnd((byte)'\r').ToArray();
            if (line.Length > 0 && line[0] != '#')
            {
                lines.Add((line, Characters.Of(line)));
            }
        }

        // Lists of floating-point literals have their three binary forms before each literal.
        if (lines.Count > 0 && lines.All(line => line.Units is not null && Binary().IsMatch(line.Units)))
        {
            lines = [.. lines.Select(line => line.Units!.Split(' ')[^1])
                .Select(literal => (Characters.Bytes(literal), (string?)literal))];
        }

        return lines.Count == 0 ? null : Add(name, lines);
    }

    string Add(string name, List<(byte[] Bytes, string? Units)> texts)
    {
        var numbers = texts.Count(text => text.Units is not null && Numeric().IsMatch(text.Units));
        var kind = 2 * numbers >= texts.Count ? Kind.Numbers : Kind.Strings;
        if (texts.Count > most)
        {
            _corpus.Unknown.Add($"{name}: {most} of {texts.Count} lines taken");
        }

        var step = Math.Max(1.0, (double)texts.Count / most);
        for (var turn = 0; turn * step < texts.Count && turn < most; turn++)
        {
            var place = (int)(turn * step);
            var text = texts[place];
            var origin = $"{name}#{place + 1}";
            _corpus.Texts.Add(new HostileText(kind, origin, text.Bytes) { Units = text.Units });
        }

        return kind;
    }

    bool ReadVectors(JsonValue file, JsonValue groups, string name)
    {
        var sha256 = file["algorithm"] is null or { Text: "HMACSHA256" };
        var before = _corpus.Vectors.Count;
        foreach (var group in groups.Items)
        {
            var whole = group["tagSize"] is null or { Text: "256" };
            foreach (var test in group["tests"]?.Items ?? [])
            {
                if (Hex(test["key"]) is { } key && Hex(test["msg"]) is { } body
                    && Hex(test["tag"]) is { } tag)
                {
                    bool? says = test["result"]?.Text switch
                    {
                        "valid" => true,
                        "invalid" => false,
                        _ => null,
                    };
                    _corpus.Vectors.Add(new Vector($"{name}#{test["tcId"]?.Text}", key, body, tag)
                    {
                        IsValid = sha256 && whole ? says : null,
                    });
                }
            }
        }

        return _corpus.Vectors.Count > before;
    }

    static byte[]? Hex(JsonValue? value) =>
        value is { Kind: JsonKind.Text, Text: var text } && text.Length % 2 == 0
        && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;

    [GeneratedRegex(@"\A[-+]?\.?[0-9][0-9.,_eE+-]*\z", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Numeric();

    [GeneratedRegex(
        @"\A[0-9a-fA-F]{4} [0-9a-fA-F]{8} [0-9a-fA-F]{16} \S+\z", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Binary();
}
