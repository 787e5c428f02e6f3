using RabbitMQ.Client.Events;
using Reversals.Tests.Hostile.Cases;

namespace Reversals.Tests.Hostile.Running;

/// <summary>A subscriber to both exchanges: keeps what answers hostile messages, times the rest.</summary>
sealed class HeardOutcomes : IAsyncDisposable
{
    readonly List<(int Number, Outcome Outcome)> _answers = [];
    readonly Dictionary<int, long> _goodAt = [];
    readonly Lock _gate = new();
    Tap _tap = null!;
    int _strangers;
    int _goodWrong;

    HeardOutcomes()
    {
    }

    /// <summary>Events that answer nothing that was sent, or good traffic twice.</summary>
    internal int Strangers => Volatile.Read(ref _strangers);

    /// <summary>Answers to good traffic that are no success.</summary>
    internal int GoodWrong => Volatile.Read(ref _goodWrong);

    internal int Answers
    {
        get
        {
            lock (_gate)
            {
                return _answers.Count;
            }
        }
    }

    internal static async Task<HeardOutcomes> OpenAsync(string address)
    {
        var heard = new HeardOutcomes();
        heard._tap = await Tap.OpenAsync(address, "hostile-tap", heard.Hear);
        return heard;
    }

    public ValueTask DisposeAsync() => _tap.DisposeAsync();

    /// <inheritdoc cref="Tap.SettleAsync"/>
    internal Task SettleAsync() => _tap.SettleAsync();

    /// <summary>When the good message of that number was answered; null: not yet.</summary>
    internal long? GoodAt(int number)
    {
        lock (_gate)
        {
            return _goodAt.TryGetValue(number, out var at) ? at : null;
        }
    }

    internal IReadOnlyList<(int Number, Outcome Outcome)> TakeAnswers()
    {
        lock (_gate)
        {
            return [.. _answers];
        }
    }

    void Hear(BasicDeliverEventArgs delivery)
    {
        var now = Stopwatch.GetTimestamp();
        var trace = Wire.TraceOf(delivery.BasicProperties);
        lock (_gate)
        {
            if (Wire.Number(trace) is { } number)
            {
                _answers.Add((number, new Outcome
                {
                    Exchange = delivery.Exchange,
                    Event = delivery.Body.ToArray(),
                }));
            }
            else if (Wire.Number(trace, good: true) is { } good && _goodAt.TryAdd(good, now))
            {
                _goodWrong += delivery.Exchange is Wire.Reversed ? 0 : 1;
            }
            else
            {
                _strangers++;
            }
        }
    }
}
