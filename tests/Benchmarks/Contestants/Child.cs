using Reversals.Tests.Benchmarks.Load;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>A contestant's process.</summary>
sealed class Child : IAsyncDisposable
{
    /// <summary>What a hosted contestant says when it reads.</summary>
    internal const string Ready = "READY";

    const int MostLines = 30;

    readonly ChildProcess _process;
    readonly Dictionary<string, long> _saidAt = new(StringComparer.Ordinal);

    Child(string program, IReadOnlyList<string> arguments, Dictionary<string, string?> settings) =>
        _process = ChildProcess.Start(program, arguments, settings, Hear, MostLines);

    internal int Pid => _process.Id;

    internal string LastLines => _process.Said;

    /// <summary>Starts it and waits until it reads the queue.</summary>
    internal static async Task<Child> StartAsync(
        Contestant contestant, string program, string postgres, string rabbitMq,
        IReadOnlyDictionary<string, string> settings)
    {
        var port = Ports.Free();
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = postgres,
            ["ConnectionStrings__RabbitMq"] = rabbitMq,
            [$"Clients__{Shape.Client}__ApiKeys__0"] = Shape.Key,
            ["Health__Port"] = port.ToString(CultureInfo.InvariantCulture),
        };
        if (contestant.HasMetrics)
        {
            environment["Telemetry__PrometheusPort"] = Ports.Free().ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (name, value) in settings.Concat(contestant.Settings))
        {
            environment[name] = value;
        }

        var child = new Child(program, contestant.Arguments, environment);
        await child.UntilAsync(
            () => contestant.SaysReady
                ? Task.FromResult(child.SaidAt(Ready) is not null)
                : ChildProcess.IsReadyAsync(port),
            "ready");
        return child;
    }

    /// <summary>Starts the gateway and waits until it has the broker.</summary>
    internal static async Task<Child> StartGatewayAsync(string gateway, string rabbitMq, int port)
    {
        var health = Ports.Free();
        var child = new Child(gateway, [], new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__RabbitMq"] = rabbitMq,
            [$"Clients__{Shape.Client}__ApiKeys__0"] = Shape.Key,
            ["Http__Port"] = port.ToString(CultureInfo.InvariantCulture),
            // Whoever is told "suspect" voids the run, however slow the machine is.
            ["Http__AnswerTimeout"] = "00:01:00",
            ["Health__Port"] = health.ToString(CultureInfo.InvariantCulture),
        });
        await child.UntilAsync(() => ChildProcess.IsReadyAsync(health), "ready");
        return child;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>
    /// When the process first said a line, see <see cref="Stopwatch.GetTimestamp"/>; null: not yet.
    /// </summary>
    internal long? SaidAt(string line)
    {
        lock (_saidAt)
        {
            return _saidAt.TryGetValue(line, out var at) ? at : null;
        }
    }

    /// <inheritdoc cref="ChildProcess.UntilAsync"/>
    internal async Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 60)
    {
        try
        {
            await _process.UntilAsync(condition, what, seconds);
        }
        catch (InvalidOperationException error)
        {
            throw new BenchmarkException(error.Message);
        }
    }

    internal void Signal(int signal) => _process.Signal(signal);

    /// <summary>A hosted contestant says little; a worker's log is not looked through.</summary>
    void Hear(string line)
    {
        var now = Stopwatch.GetTimestamp();
        lock (_saidAt)
        {
            if (_saidAt.Count < 10 * MostLines)
            {
                _saidAt.TryAdd(line, now);
            }
        }
    }
}
