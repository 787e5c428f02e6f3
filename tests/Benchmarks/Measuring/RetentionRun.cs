using Dapper;
using Npgsql;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>
/// An open loop at 500/s, and the same while <c>retention run</c> takes customers out of old events beside it.
/// </summary>
sealed class RetentionRun(BenchOptions options, Figures figures)
{
    const int Rate = Runs.RetentionRate;
    const string Old = "old-events";

    internal async Task RunAsync(Stage stage)
    {
        await FillAsync(stage.Postgres, options.Retention);
        await stage.StartAsync(options);
        await stage.WarmAsync(options.Warmup);
        figures.Add(await stage.LoadAsync(Phase.Of(Rate), Rate, options.LoadSeconds) with
        {
            Contestant = Runs.NoRetention,
        });

        var began = TimeProvider.System.GetTimestamp();
        await using var retention = ChildProcess.Start(
            options.Worker, ["retention", "run", "--older-than", "5y", "--yes", "--note", "benchmark"],
            [new("ConnectionStrings__Postgres", stage.Postgres)]);
        figures.Add(await stage.LoadAsync(Phase.Of(Rate), Rate, options.LoadSeconds) with
        {
            Contestant = Runs.Retention,
        });
        var isEarly = !retention.IsRunning;
        await retention.ExitAsync();
        var took = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"retention of {options.Retention:#,0} events: {took:0} s, exit code {retention.ExitCode}" +
            $"{(isEarly ? "; it ended before the load" : "")}"));
        if (retention.ExitCode != 0 || await LeftAsync(stage.Postgres) > 0)
        {
            throw new BenchmarkException($"retention left customers behind: {retention.Said}");
        }

        await stage.CheckAsync();
    }

    static async Task FillAsync(string postgres, long events)
    {
        await using var connection = new NpgsqlConnection(postgres);
        await connection.ExecuteAsync(
            """
            INSERT INTO reversals.event (event_id, kind, client_id, reference_id, rc, reason, body, occurred_at)
            SELECT gen_random_uuid(), 'payment.reversal.rejected', @Old, 'old-' || n, 'x', 'x',
                convert_to(json_build_object(
                    'event', 'payment.reversal.rejected', 'event_id', gen_random_uuid(), 'amount', n,
                    'data', json_build_object(
                        'hash', md5(n::text), 'va_number', to_char(n, 'FM0000000000000000'),
                        'customer_name', 'Siti Rahayu', 'customer_address', repeat('Jalan ', 50),
                        'description', repeat('lorem ', 100), 'total_amount', n, 'components', '[]'::json)
                    )::text, 'UTF8'),
                now() - interval '6 years' + n * interval '1 second'
            FROM generate_series(1, @events) AS n
            """,
            new { Old, events }, commandTimeout: 3_600);
        await connection.ExecuteAsync("VACUUM ANALYZE reversals.event", commandTimeout: 3_600);
    }

    static async Task<long> LeftAsync(string postgres)
    {
        await using var connection = new NpgsqlConnection(postgres);
        return await connection.ExecuteScalarAsync<long>(
            "SELECT count(*) FROM reversals.event WHERE client_id = @Old AND anonymised_at IS NULL", new { Old });
    }
}
