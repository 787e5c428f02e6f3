using Npgsql;
using NpgsqlTypes;
using Reversals.Processing.Configuration;

namespace Reversals.Processing.Storage;

/// <summary>
/// How much more the quarantine takes. What anybody may send must not fill the disk: beyond the limits only
/// messages are kept whose sender is proved, and the others are counted. The rows are counted now and then
/// and those of this worker in between, so several workers together may keep a little more.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="clock">Measures.</param>
/// <param name="tell">Is told what was counted and not kept.</param>
sealed class QuarantineLimit(
    WorkerOptions options, TimeProvider clock, Action<IReadOnlyList<QuarantinedMessage>> tell)
{
    /// <summary>Stands for everybody who names no configured client.</summary>
    internal const string UnknownClient = "unknown";

    static readonly TimeSpan CountAgain = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    readonly string[] _clients = [.. options.Clients.Keys.Append(UnknownClient)];
    Dictionary<string, long> _open = new(StringComparer.Ordinal);
    long _all;
    long? _countedAt;

    /// <summary>Counts what waits for people, when that was long ago.</summary>
    internal async Task LookAsync(NpgsqlDataSource database, CancellationToken stop)
    {
        lock (_gate)
        {
            if (_countedAt is { } countedAt && clock.GetElapsedTime(countedAt) < CountAgain)
            {
                return;
            }
        }

        await using var command = database.CreateCommand(Sql.CountQuarantine);
        command.Parameters.Add(ArrayParameter.Of(NpgsqlDbType.Text, _clients, client => client));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Quarantine.MaxPerClient });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Quarantine.Max });
        var (open, all) = (new Dictionary<string, long>(StringComparer.Ordinal), 0L);
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
        {
            if (await rows.IsDBNullAsync(0, stop))
            {
                all = rows.GetInt64(1);
            }
            else
            {
                open[rows.GetString(0)] = rows.GetInt64(1);
            }
        }

        lock (_gate)
        {
            (_open, _all, _countedAt) = (open, all, clock.GetTimestamp());
        }
    }

    /// <summary>What is kept of these messages, and what is only counted.</summary>
    internal (List<QuarantinedMessage> Kept, List<QuarantinedMessage> Dropped) Divide(
        IReadOnlyList<QuarantinedMessage> messages)
    {
        List<QuarantinedMessage> kept = [], dropped = [];
        var (more, all) = (new Dictionary<string, long>(StringComparer.Ordinal), 0L);
        lock (_gate)
        {
            foreach (var message in messages)
            {
                var client = message.Client;
                var open = _open.GetValueOrDefault(client) + more.GetValueOrDefault(client);
                if (!message.IsAuthentic && (open >= options.Quarantine.MaxPerClient
                    || _all + all >= options.Quarantine.Max))
                {
                    dropped.Add(message);
                    continue;
                }

                kept.Add(message);
                more[client] = more.GetValueOrDefault(client) + 1;
                all++;
            }
        }

        return (kept, dropped);
    }

    /// <summary>There is a new row.</summary>
    internal void Taken(string client)
    {
        lock (_gate)
        {
            _open[client] = _open.GetValueOrDefault(client) + 1;
            _all++;
        }
    }

    /// <summary>Counts anew before the next message: what was reckoned may not have been committed.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            _countedAt = null;
        }
    }

    /// <summary>These were counted and not kept, for good.</summary>
    internal void Dropped(IReadOnlyList<QuarantinedMessage> messages)
    {
        if (messages.Count > 0)
        {
            tell(messages);
        }
    }
}
