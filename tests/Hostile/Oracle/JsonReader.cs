namespace Reversals.Tests.Hostile.Oracle;

/// <summary>RFC 8259, written a second time and from the grammar: the worker's reader is a library's, and a
/// judge that called the same library would share its mistakes.</summary>
sealed class JsonReader
{
    readonly JsonScanner _text;
    readonly int _deepest;

    /// <summary>Refuses what the grammar allows and the rules do not.</summary>
    readonly bool _plain;

    JsonReader(string text, int deepest, bool plain) =>
        (_text, _deepest, _plain) = (new JsonScanner(text), deepest, plain);

    /// <summary>The body as the rules want it; null when it breaks one.</summary>
    internal static JsonValue? ReadBody(ReadOnlySpan<byte> body) => Read(body, deepest: 8, plain: true);

    /// <summary>Anything the grammar allows; null when it is no JSON.</summary>
    internal static JsonValue? ReadAny(ReadOnlySpan<byte> text) => Read(text, deepest: 500, plain: false);

    static JsonValue? Read(ReadOnlySpan<byte> text, int deepest, bool plain)
    {
        if (Characters.Of(text) is not { } characters)
        {
            return null;
        }

        try
        {
            var reader = new JsonReader(characters, deepest, plain);
            var value = reader.Value(depth: 1);
            return reader._text.Next == JsonScanner.EndOfText ? value : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    JsonValue Value(int depth)
    {
        _text.SkipBlanks();
        var value = _text.Next switch
        {
            '{' => Table(depth),
            '[' => List(depth),
            '"' => new JsonValue(JsonKind.Text) { Text = Text() },
            'n' => _text.Word("null", JsonKind.Null),
            't' => _text.Word("true", JsonKind.Boolean),
            'f' => _text.Word("false", JsonKind.Boolean),
            _ => _text.Number(),
        };
        _text.SkipBlanks();
        return value;
    }

    JsonValue Table(int depth)
    {
        JsonScanner.Demand(depth <= _deepest);
        _text.Take('{');
        _text.SkipBlanks();
        var members = new List<(string, JsonValue)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (_text.Skip('}'))
        {
            return new JsonValue(JsonKind.Table) { Members = members };
        }

        do
        {
            _text.SkipBlanks();
            var name = Text();
            JsonScanner.Demand(names.Add(name) || !_plain);
            _text.SkipBlanks();
            _text.Take(':');
            members.Add((name, Value(depth + 1)));
        }
        while (_text.Skip(','));
        _text.Take('}');
        return new JsonValue(JsonKind.Table) { Members = members };
    }

    JsonValue List(int depth)
    {
        JsonScanner.Demand(depth <= _deepest);
        _text.Take('[');
        _text.SkipBlanks();
        var items = new List<JsonValue>();
        if (_text.Skip(']'))
        {
            return new JsonValue(JsonKind.List) { Items = items };
        }

        do
        {
            items.Add(Value(depth + 1));
        }
        while (_text.Skip(','));
        _text.Take(']');
        return new JsonValue(JsonKind.List) { Items = items };
    }

    string Text()
    {
        var text = _text.Text();
        JsonScanner.Demand(!_plain || (!text.Any(char.IsControl) && Characters.AreWhole(text)));
        return text;
    }
}
