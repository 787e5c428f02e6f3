using Npgsql;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>
/// How much more the quarantine takes. What anybody may send must not fill the disk. Beyond the limits a
/// message is kept only when its sender is proved; the others are counted.
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

    readonly WaitingLimit _limit = new(WorkerConfiguration.MostQuarantined(options));

    long _countedAt;
    volatile bool _isCounted;

    /// <summary>From now on there are these clients, with these limits.</summary>
    internal void Use(WorkerOptions changed)
    {
        _limit.Use(WorkerConfiguration.MostQuarantined(changed));
        Forget();
    }

    /// <summary>Counts what waits for people, when that was long ago.</summary>
    internal async Task LookAsync(PostgresServers database, CancellationToken stop)
    {
        if (!_isCounted || clock.GetElapsedTime(Volatile.Read(ref _countedAt)) >= CountAgain)
        {
            await _limit.CountAsync(database, Sql.CountQuarantine, stop);
            Volatile.Write(ref _countedAt, clock.GetTimestamp());
            _isCounted = true;
        }
    }

    /// <summary>Which of these messages are kept, and which are only counted.</summary>
    internal (List<QuarantinedMessage> Kept, List<QuarantinedMessage> Dropped) Divide(
        IReadOnlyList<QuarantinedMessage> messages)
    {
        List<QuarantinedMessage> kept = [], dropped = [];
        var more = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = 0;
        foreach (var message in messages)
        {
            var own = more.GetValueOrDefault(message.Client);
            if (string.Equals(message.Cause, Pause.Cause, StringComparison.Ordinal))
            {
                // It takes no room from others.
                kept.Add(message);
            }
            else if (message.IsAuthentic || _limit.Has(message.Client, own, all))
            {
                kept.Add(message);
                more[message.Client] = own + 1;
                all++;
            }
            else
            {
                dropped.Add(message);
            }
        }

        return (kept, dropped);
    }

    /// <summary>There is a new row.</summary>
    internal void Taken(string client) => _limit.Add(client);

    /// <summary>Counts anew before the next message: what was added may not have been committed.</summary>
    internal void Forget() => _isCounted = false;

    /// <summary>These were counted and not kept, for good.</summary>
    internal void Dropped(IReadOnlyList<QuarantinedMessage> messages)
    {
        if (messages.Count > 0)
        {
            tell(messages);
        }
    }
}
