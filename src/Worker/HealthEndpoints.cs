using Npgsql;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound.MassTransit;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Processing.Watching;

namespace Reversals.Worker;

/// <summary>
/// <c>/health/live</c>: the loops of this process run; no server is asked, so an outage restarts nothing.
/// <c>/health/ready</c>: the consumer is attached and PostgreSQL answers; still 200 but <c>degraded</c> when
/// events wait longer than they should or would have to, or when some messages wait while others go on.
/// </summary>
static class HealthEndpoints
{
    /// <summary>A look at the outbox takes no longer, even when somebody has locked it.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    internal static void Map(WebApplication host)
    {
        host.MapGet("/health/live", (WorkerService worker) =>
            Answer(worker.IsAlive ? null : "a loop of the process ended; restart it"));
        host.MapGet("/health/ready", ReadyAsync);
    }

    static async Task<IResult> ReadyAsync(
        ConsumerSupervisor receive, AlarmWatch alarms, QueueDepths backlog, PauseWatch pauses,
        WorkerOptions options, SettingWatch<WorkerOptions> settings, TimeProvider clock,
        CancellationToken stop)
    {
        if (receive.Problem is { } problem)
        {
            return Answer(problem);
        }

        using var late = new CancellationTokenSource(Longest, clock);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            var ages = await backlog.AgesAsync(maySweep: false, giveUp.Token).WaitAsync(Longest, clock, stop);
            var age = ages.Values.Max();
            return Answer(problem: null, age, receive.Hint
                ?? (alarms.Alarm is { } alarm ? $"RabbitMQ takes no events: {alarm}"
                    : age > options.Health.OutboxAgeLimit
                        ? "events wait in the outbox longer than Health:OutboxAgeLimit"
                    : settings.State.Problem is { } changed ? $"changed settings: {changed}"
                    : pauses.Text));
        }
        catch (Exception error) when (!stop.IsCancellationRequested
            && error is OperationCanceledException or TimeoutException)
        {
            return Answer($"PostgreSQL: no answer about the outbox within {Longest.TotalSeconds} s");
        }
        catch (NpgsqlException error)
        {
            return Answer($"PostgreSQL: {Database.Explain(error)}");
        }
    }

    static IResult Answer(string? problem, TimeSpan? outboxAge = null, string? hint = null) =>
        HealthEndpoint.Answer(problem, hint, new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["outbox_age_seconds"] = outboxAge?.TotalSeconds,
        });
}
