namespace Reversals.Tests.Harness;

/// <summary>What becomes of a frame.</summary>
enum FrameVerdict
{
    Forward,
    Drop,

    /// <summary>This one is dropped, and the connection is reset.</summary>
    Reset,
}

/// <summary>Reads one direction of a connection frame by frame.</summary>
abstract class FrameReader
{
    /// <summary>Looks at the whole frames at the head of what has gathered, and moves those that pass
    /// together.</summary>
    /// <returns>How much was looked at, how much of it is to be forwarded, and the last verdict.</returns>
    internal (int Taken, int Pass, FrameVerdict Verdict) Look(byte[] buffer, int held)
    {
        var (taken, pass) = (0, 0);
        while (Length(buffer.AsSpan(taken, held - taken)) is var length and > 0 && taken + length <= held)
        {
            var frame = buffer.AsSpan(taken, length);
            var verdict = Judge(frame);
            taken += length;
            if (verdict is FrameVerdict.Reset)
            {
                return (taken, pass, verdict);
            }

            if (verdict is FrameVerdict.Forward)
            {
                frame.CopyTo(buffer.AsSpan(pass));
                pass += length;
            }
        }

        return (taken, pass, FrameVerdict.Forward);
    }

    /// <summary>Length of the first frame; 0: too little is there to know.</summary>
    private protected abstract int Length(ReadOnlySpan<byte> gathered);

    private protected abstract FrameVerdict Judge(ReadOnlySpan<byte> frame);
}
