using Npgsql;
using Reversals.Worker.Storage;
using Reversals.Worker.Telemetry;

namespace Reversals.Worker.Outbound;

/// <summary>
/// Looks at the age of the outbox by itself: the relay is the very
/// thing that may be stuck when the age grows.
/// </summary>
sealed class OutboxWatch(Outbox outbox, TimeProvider clock)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    internal async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        var age = TimeSpan.Zero;
        try
        {
            do
            {
                try
                {
                    age = TimeSpan.FromSeconds(await outbox.OldestAgeAsync(stop));
                }
                catch (NpgsqlException)
                {
                    // The lanes and the relay say that the database is
                    // away; the age is at least this much more.
                    age += Interval;
                }

                Metrics.OutboxAge(age);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }
}
