using Reversals.Contracts;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Inbound;

/// <summary>
/// Says that messages are quarantined, at most every ten seconds: a flood must not become a flood of lines.
/// </summary>
sealed class QuarantineLog(TimeProvider clock, ILogger<QuarantineLog> log)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    long _count;
    long? _saidAt;

    internal void Add(Reason cause, string client)
    {
        lock (_gate)
        {
            _count++;
            if (_saidAt is { } saidAt && clock.GetElapsedTime(saidAt) < Pause)
            {
                return;
            }

            var passed = _saidAt is null ? TimeSpan.Zero : clock.GetElapsedTime(_saidAt.Value);
            Log.Quarantined(log, _count, passed.TotalSeconds, cause.Code, client);
            _count = 0;
            _saidAt = clock.GetTimestamp();
        }
    }
}
