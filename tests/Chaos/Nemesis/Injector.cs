namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>
/// Carries out the schedule: each lane in its order, the lanes side by side; and writes it down.
/// </summary>
sealed class Injector(Cluster cluster, ChaosOptions options) : IDisposable
{
    /// <summary>What a command to the broker takes besides the time its fault is held.</summary>
    static readonly TimeSpan Command = TimeSpan.FromSeconds(2);

    readonly StreamWriter _journal = File.CreateText(Path.Combine(options.State, "faults.log"));
    readonly Lock _gate = new();
    readonly Dictionary<string, int> _classes = new(StringComparer.Ordinal);

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _classes.Values.Sum();
            }
        }
    }

    internal int Classes
    {
        get
        {
            lock (_gate)
            {
                return _classes.Count;
            }
        }
    }

    public void Dispose() => _journal.Dispose();

    /// <summary>How long a round takes, about; the traffic is spread over it.</summary>
    internal static TimeSpan Length(IReadOnlyList<PlannedFault> round) => round
        .GroupBy(fault => fault.Kind.Lane)
        .Select(lane => lane.Aggregate(TimeSpan.Zero, (sum, fault) =>
            sum + fault.Gap + fault.Hold + (lane.Key is Lane.RabbitMq ? Command : TimeSpan.Zero)))
        .DefaultIfEmpty(TimeSpan.FromSeconds(2)).Max();

    /// <summary>All faults of a round; done when the last of them is healed.</summary>
    internal Task InjectAsync(IReadOnlyList<PlannedFault> round) => Task.WhenAll(
        round.GroupBy(fault => fault.Kind.Lane).Select(async lane =>
        {
            foreach (var fault in lane)
            {
                await InjectAsync(fault);
            }
        }));

    async Task InjectAsync(PlannedFault fault)
    {
        var draw = new Draw(
            cluster.Workers[fault.Worker],
            cluster.Gateways.Count == 0 ? null : cluster.Gateways[fault.Dice % cluster.Gateways.Count],
            fault.Dice);
        await Task.Delay(fault.Gap);
        Write(fault, "begins");
        await fault.Kind.InjectAsync(cluster, draw);
        lock (_gate)
        {
            _classes[fault.Kind.Name] = _classes.GetValueOrDefault(fault.Kind.Name) + 1;
        }

        await Task.Delay(fault.Hold);
        await fault.Kind.HealAsync(cluster, draw);
        Write(fault, "healed");
    }

    void Write(PlannedFault fault, string what)
    {
        lock (_gate)
        {
            _journal.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {what} {fault.Kind.Name} " +
                $"(worker {fault.Worker}, {fault.Hold.TotalMilliseconds} ms)"));
            _journal.Flush();
        }
    }
}
