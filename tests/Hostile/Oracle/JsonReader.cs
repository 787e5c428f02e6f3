using System.Text;

namespace Reversals.Tests.Hostile.Oracle;

/// <summary>
/// RFC 8259, written a second time and from the grammar: the worker's reader is a library's, and a judge that
/// called the same library would share its mistakes.
/// </summary>
sealed class JsonReader
{
    const int EndOfText = -1;
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly string _text;
    readonly int _deepest;

    /// <summary>Refuses what the grammar allows and the rules do not: same names, control characters.</summary>
    readonly bool _plain;

    int _place;

    JsonReader(string text, int deepest, bool plain) => (_text, _deepest, _plain) = (text, deepest, plain);

    int Next => _place < _text.Length ? _text[_place] : EndOfText;

    /// <summary>The body as the rules want it; null when it breaks one.</summary>
    internal static JsonValue? ReadBody(ReadOnlySpan<byte> body) => Read(body, deepest: 8, plain: true);

    /// <summary>Anything the grammar allows; null when it is no JSON.</summary>
    internal static JsonValue? ReadAny(ReadOnlySpan<byte> text) => Read(text, deepest: 500, plain: false);

    static JsonValue? Read(ReadOnlySpan<byte> text, int deepest, bool plain)
    {
        try
        {
            var reader = new JsonReader(Utf8.GetString(text), deepest, plain);
            var value = reader.Value(depth: 1);
            reader.SkipBlanks();
            return reader.Next == EndOfText ? value : null;
        }
        catch (Exception error) when (error is DecoderFallbackException or FormatException)
        {
            return null;
        }
    }

    JsonValue Value(int depth)
    {
        SkipBlanks();
        var value = Next switch
        {
            '{' => Table(depth),
            '[' => List(depth),
            '"' => new JsonValue(JsonKind.Text) { Text = Text() },
            'n' => Word("null", JsonKind.Null),
            't' => Word("true", JsonKind.Boolean),
            'f' => Word("false", JsonKind.Boolean),
            _ => Number(),
        };
        SkipBlanks();
        return value;
    }

    JsonValue Table(int depth)
    {
        Enter(depth);
        var members = new List<(string, JsonValue)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            SkipBlanks();
            if (Next == '}' && members.Count == 0)
            {
                break;
            }

            var name = Text();
            Demand(names.Add(name) || !_plain);
            SkipBlanks();
            Take(':');
            members.Add((name, Value(depth + 1)));
            if (Next != ',')
            {
                break;
            }

            _place++;
        }

        Take('}');
        return new JsonValue(JsonKind.Table) { Members = members };
    }

    JsonValue List(int depth)
    {
        Enter(depth);
        var items = new List<JsonValue>();
        SkipBlanks();
        while (Next != ']' || items.Count > 0)
        {
            items.Add(Value(depth + 1));
            if (Next != ',')
            {
                break;
            }

            _place++;
        }

        Take(']');
        return new JsonValue(JsonKind.List) { Items = items };
    }

    string Text()
    {
        Take('"');
        var text = new StringBuilder();
        while (Next != '"')
        {
            Demand(Next >= ' ');
            var character = (char)Next;
            _place++;
            text.Append(character == '\\' ? Escaped() : character);
        }

        _place++;
        var whole = text.ToString();
        Demand(!_plain || (!whole.Any(char.IsControl) && HasWholeCharacters(whole)));
        return whole;
    }

    char Escaped()
    {
        var letter = Next;
        _place++;
        switch (letter)
        {
            case '"' or '\\' or '/': return (char)letter;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u':
                var code = 0;
                for (var digit = 0; digit < 4; digit++, _place++)
                {
                    Demand(Next != EndOfText && char.IsAsciiHexDigit((char)Next));
                    code = (16 * code) + Convert.ToInt32(((char)Next).ToString(), 16);
                }

                return (char)code;
            default: throw new FormatException();
        }
    }

    JsonValue Number()
    {
        var began = _place;
        Skip('-');
        if (!Skip('0'))
        {
            Digits();
        }

        if (Skip('.'))
        {
            Digits();
        }

        if (Skip('e') || Skip('E'))
        {
            _ = Skip('+') || Skip('-');
            Digits();
        }

        return new JsonValue(JsonKind.Number) { Text = _text[began.._place] };
    }

    JsonValue Word(string word, JsonKind kind)
    {
        Demand(string.CompareOrdinal(_text, _place, word, 0, word.Length) == 0);
        _place += word.Length;
        return new JsonValue(kind) { Text = word };
    }

    void Digits()
    {
        Demand(Next is >= '0' and <= '9');
        while (Next is >= '0' and <= '9')
        {
            _place++;
        }
    }

    void SkipBlanks()
    {
        while (Next is ' ' or '\t' or '\n' or '\r')
        {
            _place++;
        }
    }

    bool Skip(char character)
    {
        var found = Next == character;
        _place += found ? 1 : 0;
        return found;
    }

    void Enter(int depth)
    {
        Demand(depth <= _deepest);
        _place++;
    }

    void Take(char character) => Demand(Skip(character));

    static void Demand(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }

    /// <summary>No half of a surrogate pair stands alone.</summary>
    static bool HasWholeCharacters(string text)
    {
        for (var place = 0; place < text.Length; place++)
        {
            if (char.IsHighSurrogate(text[place]) && place + 1 < text.Length
                && char.IsLowSurrogate(text[place + 1]))
            {
                place++;
            }
            else if (char.IsSurrogate(text[place]))
            {
                return false;
            }
        }

        return true;
    }
}
