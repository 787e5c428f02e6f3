using System.Buffers.Binary;

namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>From the worker to PostgreSQL: finds the COMMIT of a batch that saved reversals. Names of
/// prepared statements stand only in Bind, so what each was parsed from is kept.</summary>
sealed class CommitReader(CommitLosses losses) : FrameReader
{
    const int ProtocolThree = 196608;
    const string SavesReversals = "INSERT INTO reversals.reversal";

    readonly Dictionary<string, string> _statements = new(StringComparer.Ordinal);
    bool _begun;
    bool _open;
    bool _saves;

    /// <summary>Whether answers are lost from here on.</summary>
    internal bool LosesAnswers { get; private set; }

    private protected override int Length(ReadOnlySpan<byte> gathered)
    {
        var head = _begun ? 1 : 0;
        return gathered.Length < head + 4 ? 0 : head + BinaryPrimitives.ReadInt32BigEndian(gathered[head..]);
    }

    private protected override FrameVerdict Judge(ReadOnlySpan<byte> frame)
    {
        if (!_begun)
        {
            _begun = BinaryPrimitives.ReadInt32BigEndian(frame[4..]) == ProtocolThree;
            return FrameVerdict.Forward;
        }

        switch ((char)frame[0])
        {
            case 'P':
                var parsed = Text(frame[5..]);
                _statements[parsed] = Text(frame[(6 + Encoding.UTF8.GetByteCount(parsed))..]);
                break;
            case 'B':
                var portal = frame[5..].IndexOf((byte)0);
                var name = Text(frame[(6 + portal)..]);
                var statement = _statements.GetValueOrDefault(name, "");
                _saves |= statement.Contains(SavesReversals, StringComparison.Ordinal)
                    && HasRows(frame[(7 + portal + Encoding.UTF8.GetByteCount(name))..]);
                return _saves && statement is "COMMIT" ? JudgeCommit() : FrameVerdict.Forward;
            case 'Q':
                // Npgsql's own transactions: BEGIN and COMMIT are messages of their own.
                var query = Text(frame[5..]);
                _open = query.StartsWith("BEGIN", StringComparison.Ordinal);
                _saves &= !_open;
                return _saves && query is "COMMIT" ? JudgeCommit() : FrameVerdict.Forward;
            case 'S':
                _saves &= _open;
                break;
            default:
                break;
        }

        return FrameVerdict.Forward;
    }

    FrameVerdict JudgeCommit()
    {
        var fate = losses.Take();
        LosesAnswers |= fate is CommitFate.LoseAnswer;
        return fate is CommitFate.Cut or CommitFate.CutAndKill ? FrameVerdict.Reset : FrameVerdict.Forward;
    }

    /// <summary>Whether the first parameter is an array with something in it: a look whether a commit would
    /// work saves no rows.</summary>
    static bool HasRows(ReadOnlySpan<byte> parameters)
    {
        var formats = BinaryPrimitives.ReadInt16BigEndian(parameters);
        const int countAndLength = sizeof(short) + sizeof(int);
        var dimensions = parameters[(sizeof(short) + (sizeof(short) * formats) + countAndLength)..];
        return BinaryPrimitives.ReadInt32BigEndian(dimensions) > 0;
    }

    static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
}

/// <summary>From PostgreSQL to the worker: once a COMMIT is to stay unanswered, nothing passes; when the
/// server has said that it is ready again, it has committed, and the connection breaks.</summary>
sealed class AnswerReader(CommitReader commits) : FrameReader
{
    private protected override int Length(ReadOnlySpan<byte> gathered) =>
        gathered.Length < 5 ? 0 : 1 + BinaryPrimitives.ReadInt32BigEndian(gathered[1..]);

    private protected override FrameVerdict Judge(ReadOnlySpan<byte> frame) =>
        !commits.LosesAnswers ? FrameVerdict.Forward : frame[0] == 'Z' ? FrameVerdict.Reset : FrameVerdict.Drop;
}

/// <summary>From RabbitMQ to the worker: acknowledgements in this direction are confirms.</summary>
sealed class ConfirmReader(ConfirmLosses losses) : FrameReader
{
    const int BasicAck = (60 << 16) | 80;

    private protected override int Length(ReadOnlySpan<byte> gathered) =>
        gathered.Length < 7 ? 0 : 8 + BinaryPrimitives.ReadInt32BigEndian(gathered[3..]);

    private protected override FrameVerdict Judge(ReadOnlySpan<byte> frame) =>
        frame[0] == 1 && frame.Length >= 11
        && BinaryPrimitives.ReadInt32BigEndian(frame[7..]) == BasicAck && losses.Take()
            ? FrameVerdict.Reset
            : FrameVerdict.Forward;
}
