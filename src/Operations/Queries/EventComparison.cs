using System.Data;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Queries;

/// <summary>
/// Compares what subscribers heard with the books. No question to a database shows what that database forgot:
/// after a restore, or a failover that lost commits, its books agree with themselves.
/// </summary>
sealed class EventComparison(PostgresServers database, int most)
{
    const int AtOnce = 1_000;

    readonly HashSet<Guid> _heard = [];
    readonly Findings _lost = new(
        "heard_lost", "each event that the books have from that time was heard, or waits to be sent", most);

    readonly Findings _phantom = new("heard_phantom", "each event that was heard is in the books", most);
    readonly Findings _differing = new("heard_differing", "what was heard is what the books say", most);
    DateTimeOffset _first = DateTimeOffset.MaxValue;
    DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <param name="path">Events as they were published, one a line (NDJSON).</param>
    /// <param name="stop">Gives up.</param>
    internal async Task<IReadOnlyList<Invariant>> CheckAsync(string path, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var snapshot = await connection.BeginTransactionAsync(
            IsolationLevel.RepeatableRead, stop);
        await using (var settings = new NpgsqlCommand(
            "SET LOCAL statement_timeout = 0; SET TRANSACTION READ ONLY", connection))
        {
            await settings.ExecuteNonQueryAsync(stop);
        }

        var number = 0;
        List<HeardEvent> some = [];
        await foreach (var line in File.ReadLinesAsync(path, stop))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            some.Add(HeardEvent.Read(Encoding.UTF8.GetBytes(line), $"{path}, line {number}"));
            if (some.Count == AtOnce)
            {
                await CompareAsync(connection, some, stop);
                some.Clear();
            }
        }

        await CompareAsync(connection, some, stop);
        await FindLostAsync(connection, stop);
        return [_lost.ToInvariant(), _phantom.ToInvariant(), _differing.ToInvariant()];
    }

    async Task CompareAsync(
        NpgsqlConnection connection, List<HeardEvent> some, CancellationToken stop)
    {
        var known = new Dictionary<Guid, HeardEvent>();
        await using var command = Rows.Command(
            connection, Sql.EventBodies, Parameter.Uuids([.. some.Select(one => one.EventId)]));
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            var id = reader.GetGuid(0);
            var body = await reader.GetFieldValueAsync<byte[]>(1, stop);
            known[id] = HeardEvent.Read(body, $"reversals.event {id}");
        }

        foreach (var one in some)
        {
            _first = one.At < _first ? one.At : _first;
            _last = one.At > _last ? one.At : _last;
            var isNew = _heard.Add(one.EventId);
            if (!known.TryGetValue(one.EventId, out var kept))
            {
                if (isNew)
                {
                    _phantom.Add(one, "an event of the books", "none: ask its sender to send it again");
                }
            }
            else if (kept.Differences(one) is { Length: > 0 } expected)
            {
                _differing.Add(one, expected, one.Differences(kept));
            }
        }
    }

    /// <summary>Of the time from the first that was heard to the last.</summary>
    async Task FindLostAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        if (_heard.Count == 0)
        {
            return;
        }

        await using var command = Rows.Command(
            connection, Query.Statement("events_between"), Parameter.Time(_first), Parameter.Time(_last));
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            if (!_heard.Contains(reader.GetGuid(0)))
            {
                _lost.Add(
                    new HeardEvent
                    {
                        EventId = reader.GetGuid(0),
                        ClientId = reader.GetString(1),
                        ReferenceId = await reader.IsDBNullAsync(2, stop) ? null : reader.GetString(2),
                        At = await reader.GetFieldValueAsync<DateTimeOffset>(3, stop),
                        Values = [],
                    },
                    "to be heard", "not heard: publish it again with reversal-worker event replay");
            }
        }
    }

    /// <summary>The first findings of a sort, and how many there are.</summary>
    sealed class Findings(string name, string meaning, int most)
    {
        readonly List<Finding> _listed = [];
        long _total;

        internal void Add(HeardEvent heard, string expected, string found)
        {
            _total++;
            if (_listed.Count < most)
            {
                _listed.Add(new Finding
                {
                    ClientId = heard.ClientId,
                    ReferenceId = heard.ReferenceId,
                    EventId = heard.EventId,
                    Expected = expected,
                    Found = found,
                    Total = 0,
                });
            }
        }

        internal Invariant ToInvariant() => new()
        {
            Name = name,
            Meaning = meaning,
            Findings = [.. _listed.Select(one => one with { Total = _total })],
        };
    }
}
