namespace Reversals.Gateway;

/// <summary>
/// Counts the requests that had no answer in time, and tells of them at most every ten seconds: an overload
/// must not become a flood of lines.
/// </summary>
sealed class UnansweredRequests(
    GatewayMetrics metrics, TimeProvider clock, ILogger<UnansweredRequests> log)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    long _untold;
    long? _toldAt;

    internal void Add(string clientId)
    {
        metrics.Unanswered();
        lock (_gate)
        {
            _untold++;
            if (_toldAt is not { } toldAt || clock.GetElapsedTime(toldAt) >= Pause)
            {
                Log.NotAnswered(log, _untold, clientId);
                (_untold, _toldAt) = (0, clock.GetTimestamp());
            }
        }
    }
}
