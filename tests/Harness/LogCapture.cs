namespace Reversals.Tests.Harness;

/// <summary>Takes what the workers write to the console: to be searched, and not to flood the run.</summary>
sealed class LogCapture : TextWriter
{
    static readonly LogCapture Instance = new();

    readonly Lock _gate = new();
    readonly StringBuilder _text = new();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    internal static string Text
    {
        get
        {
            lock (Instance._gate)
            {
                return Instance._text.ToString();
            }
        }
    }

    public override void Write(char value)
    {
        lock (_gate)
        {
            _text.Append(value);
        }
    }

    public override void Write(string? value)
    {
        lock (_gate)
        {
            _text.Append(value);
        }
    }

    public override void Write(char[] buffer, int index, int count)
    {
        lock (_gate)
        {
            _text.Append(buffer, index, count);
        }
    }

    internal static void Start() => Console.SetOut(Instance);

    internal static void Clear()
    {
        lock (Instance._gate)
        {
            Instance._text.Clear();
        }
    }
}
