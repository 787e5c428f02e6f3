namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// Logs a problem that comes again and again: at once when it is another one, then now and then.
/// </summary>
sealed class RepeatedProblem(TimeProvider clock, ILogger log)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    string? _last;
    long _writtenAt;

    /// <param name="problem">What it is.</param>
    /// <param name="backoff">How long until the next try.</param>
    /// <param name="line">Writes problem and milliseconds.</param>
    internal void Write(string problem, TimeSpan backoff, Action<ILogger, string, double> line)
    {
        if (!string.Equals(problem, _last, StringComparison.Ordinal)
            || clock.GetElapsedTime(_writtenAt) > Pause)
        {
            (_last, _writtenAt) = (problem, clock.GetTimestamp());
            line(log, problem, backoff.TotalMilliseconds);
        }
    }
}
