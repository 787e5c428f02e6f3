using System.Buffers;
using System.IO.Pipelines;

namespace Reversals.Gateway;

/// <summary>
/// What a connection writes, as it is; once there is something to say instead, that, and only if anything was
/// to be said.
/// </summary>
sealed class ReplaceableOutput(PipeWriter inner) : PipeWriter
{
    ReadOnlyMemory<byte>? _instead;
    byte[] _scratch = [];
    bool _isDone;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        _instead is null ? inner.GetMemory(sizeHint) : Scratch(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        _instead is null ? inner.GetSpan(sizeHint) : Scratch(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (_instead is null)
        {
            inner.Advance(bytes);
        }
        else if (bytes > 0 && !_isDone)
        {
            _isDone = true;
            inner.Write(_instead.Value.Span);
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>What is written from now on is left out, and this is said once instead.</summary>
    internal void Replace(ReadOnlyMemory<byte> instead) => _instead ??= instead;

    Memory<byte> Scratch(int sizeHint)
    {
        const int enough = 4_096;
        if (_scratch.Length < Math.Max(sizeHint, enough))
        {
            _scratch = new byte[Math.Max(sizeHint, enough)];
        }

        return _scratch;
    }
}
