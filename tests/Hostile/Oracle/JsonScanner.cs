namespace Reversals.Tests.Hostile.Oracle;

/// <summary>The small things of RFC 8259: blanks, words, strings, numbers. Throws at what is none.</summary>
sealed class JsonScanner(string text)
{
    internal const int EndOfText = -1;
    int _place;

    internal int Next => _place < text.Length ? text[_place] : EndOfText;

    internal static void Demand(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }

    internal void SkipBlanks()
    {
        while (Next is ' ' or '\t' or '\n' or '\r')
        {
            _place++;
        }
    }

    internal bool Skip(char character)
    {
        var found = Next == character;
        _place += found ? 1 : 0;
        return found;
    }

    internal void Take(char character) => Demand(Skip(character));

    internal JsonValue Word(string word, JsonKind kind)
    {
        Demand(string.CompareOrdinal(text, _place, word, 0, word.Length) == 0);
        _place += word.Length;
        return new JsonValue(kind) { Text = word };
    }

    internal string Text()
    {
        Take('"');
        var characters = new StringBuilder();
        while (Next != '"')
        {
            Demand(Next >= ' ');
            var character = (char)Next;
            _place++;
            characters.Append(character == '\\' ? Escaped() : character);
        }

        _place++;
        return characters.ToString();
    }

    /// <summary>The token as it is written.</summary>
    internal JsonValue Number()
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

        return new JsonValue(JsonKind.Number) { Text = text[began.._place] };
    }

    char Escaped()
    {
        var letter = Next;
        _place++;
        return letter switch
        {
            '"' or '\\' or '/' => (char)letter,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => FourDigits(),
            _ => throw new FormatException(),
        };
    }

    char FourDigits()
    {
        var code = 0;
        for (var digit = 0; digit < 4; digit++, _place++)
        {
            Demand(Next != EndOfText && char.IsAsciiHexDigit((char)Next));
            code = (16 * code) + Convert.ToInt32(((char)Next).ToString(), 16);
        }

        return (char)code;
    }

    void Digits()
    {
        Demand(Next is >= '0' and <= '9');
        while (Next is >= '0' and <= '9')
        {
            _place++;
        }
    }
}
