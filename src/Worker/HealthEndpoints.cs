using System.Text.Json;
using Npgsql;
using Reversals.Worker.Inbound;
using Reversals.Worker.Storage;

namespace Reversals.Worker;

/// <summary>
/// <c>/health/live</c>: the loops of this process run; no server is asked, so an outage restarts nothing.
/// <c>/health/ready</c>: the consumer is attached and PostgreSQL answers; still 200 but <c>degraded</c> when
/// events wait longer than they should.
/// </summary>
static class HealthEndpoints
{
    internal static void Map(WebApplication host)
    {
        host.MapGet("/health/live", (WorkerService worker) =>
            Answer(worker.IsAlive ? null : "a loop of the process ended; restart it"));
        host.MapGet("/health/ready", ReadyAsync);
    }

    static async Task<IResult> ReadyAsync(
        ReceiveLoop receive, Backlog backlog, WorkerOptions options, CancellationToken stop)
    {
        if (receive.Problem is { } problem)
        {
            return Answer(problem);
        }

        try
        {
            var age = (await backlog.AgesAsync(stop)).Values.Max();
            return Answer(problem: null, age, late: age > options.Health.OutboxAgeLimit);
        }
        catch (NpgsqlException error)
        {
            return Answer($"PostgreSQL: {Database.Explain(error)}");
        }
    }

    static IResult Answer(string? problem, TimeSpan? outboxAge = null, bool late = false) => Results.Json(
        new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["status"] = problem is not null ? "not ok" : late ? "degraded" : "ok",
            ["problem"] = problem
                ?? (late ? "events wait in the outbox longer than Health:OutboxAgeLimit" : null),
            ["outbox_age_seconds"] = outboxAge?.TotalSeconds,
        },
        JsonSerializerOptions.Default,
        statusCode: problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
