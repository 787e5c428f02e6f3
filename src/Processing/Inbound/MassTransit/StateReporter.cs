using Npgsql;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;
using Reversals.Processing.Watching;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// Tells every two seconds how this worker is doing: to the metrics, and to those who look from elsewhere by
/// way of the database.
/// </summary>
sealed class StateReporter(
    ConsumerSupervisor receive, PauseWatch pauses, UnacknowledgedCounts counts, WorkerStates states,
    RelayHandoffs handoffs, SettingWatch<WorkerOptions> settings, TimeProvider clock)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>A start, or a new connection, is no problem worth a word.</summary>
    static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(3);

    long? _problemAt;

    internal async Task RunAsync(CancellationToken stop)
    {
        await Repeating.EveryAsync(
            Interval, clock,
            _ =>
            {
                Metrics.Stalled(receive.StalledFor);
                return TryAsync(late => states.ReportAsync(State(), late));
            },
            stop);
        await TryAsync(states.RemoveAsync);
    }

    WorkerState State()
    {
        var (problem, stalledFor) = (receive.Problem ?? receive.Hint, receive.StalledFor);
        _problemAt = problem is null ? null : _problemAt ?? clock.GetTimestamp();
        var isNoticeable = stalledFor > TimeSpan.Zero
            || (_problemAt is { } at && clock.GetElapsedTime(at) > Noticeable);
        return new WorkerState
        {
            Unacknowledged = counts.Requests.Count,
            UnacknowledgedDead = counts.DeadLetters.Count,
            StalledFor = stalledFor > TimeSpan.Zero ? stalledFor : null,
            Problem = (isNoticeable ? problem : null) ?? handoffs.Problem,
            Settings = settings.State,
            Pauses = pauses.InForce,
        };
    }

    async Task TryAsync(Func<CancellationToken, Task> write)
    {
        using var late = new CancellationTokenSource(Longest, clock);
        try
        {
            await write(late.Token);
        }
        catch (Exception error)
            when (error is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            // Others say that the database is away; and a row that grows old says that it is not written.
        }
    }
}
