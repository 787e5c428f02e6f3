using Dapper;
using Npgsql;
using Reversals.Tests.Benchmarks.Load;

namespace Reversals.Tests.Benchmarks;

/// <summary>
/// No rate is told before these agree: what was asked, what stands in the database, what was heard.
/// </summary>
sealed class Books
{
    const string Read =
        """
        SELECT (SELECT count(*) FROM reversals.reversal WHERE client_id = @Client) AS Reversals,
               (SELECT coalesce(sum(amount), 0) FROM reversals.reversal WHERE client_id = @Client) AS Taken,
               (SELECT count(*) FROM reversals.event WHERE client_id = @Client) AS Events,
               (SELECT count(*) FROM reversals.outbox) AS Outbox,
               (SELECT count(*) FROM reversals.quarantine) AS Quarantine,
               (SELECT sum(paid_amount) FROM billing.bill) AS Paid,
               (SELECT sum(reversed_amount) FROM billing.payment) AS Reversed
        """;

    readonly string _connectionString;
    readonly Page _before;

    Books(string connectionString, Page before) => (_connectionString, _before) = (connectionString, before);

    internal static async Task<Books> OpenAsync(string connectionString) =>
        new(connectionString, await ReadAsync(connectionString));

    /// <summary>Checks a run whose answers were heard by the tap.</summary>
    internal async Task CheckAsync(Mix mix, HeardEvents tap, long waiting)
    {
        var wrong = await WrongAsync(mix.Applied, mix.References);
        var lost = Enumerable.Range(
            0, mix.References).Sum(index => Math.Max(0, mix.Expected(index) - tap.Times(index)));
        var doubled = Enumerable.Range(
            0, mix.References).Sum(index => Math.Max(0, tap.Times(index) - mix.Expected(index)));
        var turned = Enumerable.Range(
            0, mix.References).Count(index => mix.IsApplied(index) == tap.IsRejected(index));
        Add(wrong, lost, 0, "LOST: events that did not come");
        Add(wrong, doubled, 0, "DOUBLED: events more than messages");
        Add(wrong, turned, 0, "answers of the wrong kind");
        Add(wrong, tap.Strangers, 0, "events that answer no message, or answer it otherwise than before");
        Add(wrong, waiting, 0, "messages left in the queue");
        Throw(wrong);
    }

    /// <summary>Checks a run that had no broker: so many commits, each of one reversal.</summary>
    internal async Task CheckAsync(long commits) =>
        Throw(await WrongAsync(commits, commits, outbox: commits));

    async Task<List<string>> WrongAsync(long applied, long answered, long outbox = 0)
    {
        var after = await ReadAsync(_connectionString);
        var wrong = new List<string>();
        Add(wrong, after.Reversals - _before.Reversals, applied, "reversals");
        Add(wrong, after.Events - _before.Events, answered, "events stored");
        Add(wrong, after.Taken - _before.Taken, _before.Paid - after.Paid,
            "taken, against paid before less paid after");
        Add(wrong, after.Taken - _before.Taken, after.Reversed - _before.Reversed,
            "taken, against payments' reversed amounts");
        Add(wrong, after.Outbox - _before.Outbox, outbox, "outbox rows");
        Add(wrong, after.Quarantine, 0, "quarantined");
        return wrong;
    }

    static void Add(List<string> wrong, decimal found, decimal expected, string what)
    {
        if (found != expected)
        {
            wrong.Add(string.Create(
                CultureInfo.InvariantCulture, $"{what}: {found:0.##}, expected {expected:0.##}"));
        }
    }

    static void Throw(List<string> wrong)
    {
        if (wrong.Count > 0)
        {
            throw new BenchmarkException("The books do not agree.\n  " + string.Join("\n  ", wrong));
        }
    }

    static async Task<Page> ReadAsync(string connectionString)
    {
        await using var database = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(
                connectionString) { Pooling = false, CommandTimeout = 600 }.ConnectionString);
        await database.OpenAsync();
        return await database.QuerySingleAsync<Page>(Read, new { Shape.Client });
    }

    /// <summary>The sums of one moment.</summary>
#pragma warning disable CA1812 // Dapper makes it.
    sealed record Page
#pragma warning restore CA1812
    {
        public required long Reversals { get; init; }
        public required decimal Taken { get; init; }
        public required long Events { get; init; }
        public required long Outbox { get; init; }
        public required long Quarantine { get; init; }
        public required decimal Paid { get; init; }
        public required decimal Reversed { get; init; }
    }
}
