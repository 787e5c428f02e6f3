namespace Reversals.Tests.Hostile.Running;

/// <summary>The worker as it is delivered, and what it should not have said.</summary>
sealed class WorkerProcess : IAsyncDisposable
{
    const int MostLines = 20;

    /// <summary>
    /// What it says when a message was tried again or failed, or a connection was lost. Nothing a stranger
    /// sends may lead to any of it.
    /// </summary>
    static readonly string[] Complaints =
    [
        "could not be committed", "holds a message that fails", "fails alone", "Nothing can be ",
        "is interrupted", "were not confirmed", "cannot be read", "\"@l\":\"Error\"", "\"@l\":\"Fatal\"",
    ];

    readonly Queue<string> _complaints = new();
    readonly ChildProcess _process;

    WorkerProcess(string program, IReadOnlyDictionary<string, string?> settings) =>
        _process = ChildProcess.Start(program, ["run"], settings, Hear, MostLines);

    internal bool IsRunning => _process.IsRunning;

    internal string Said => _process.Said;

    /// <summary>Lines that should not have been said, the latest of them.</summary>
    internal IReadOnlyList<string> Complained
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    /// <summary>What its environment says.</summary>
    internal static Dictionary<string, string?> Settings(
        string postgres, string rabbitMq, IReadOnlyDictionary<string, string> keys)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = postgres,
            ["ConnectionStrings__RabbitMq"] = rabbitMq,

            // Each message is to be found again.
            ["Quarantine__MaxPerClient"] = "1000000",
            ["Quarantine__Max"] = "10000000",
        };
        foreach (var (client, key) in keys)
        {
            environment[$"Clients__{client}__ApiKeys__0"] = key;
        }

        return environment;
    }

    internal static async Task MigrateAsync(string program, IReadOnlyDictionary<string, string?> settings)
    {
        await using var migration = ChildProcess.Start(program, ["migrate"], settings);
        await migration.ExitAsync();
        if (migration.ExitCode != 0)
        {
            throw new HostileException($"The migration failed:\n{migration.Said}");
        }
    }

    /// <summary>Starts it and waits until it reads the queue.</summary>
    internal static async Task<WorkerProcess> StartAsync(
        string program, IReadOnlyDictionary<string, string?> settings)
    {
        var port = Ports.Free();
        var worker = new WorkerProcess(program, new Dictionary<string, string?>(settings, StringComparer.Ordinal)
        {
            ["Health__Port"] = port.ToString(CultureInfo.InvariantCulture),
        });
        await worker._process.UntilAsync(() => ChildProcess.IsReadyAsync(port), "ready");

        // What it said of the servers before anything was sent is nobody's doing.
        lock (worker._complaints)
        {
            worker._complaints.Clear();
        }

        return worker;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    void Hear(string line)
    {
        if (!Array.Exists(Complaints, complaint => line.Contains(complaint, StringComparison.Ordinal)))
        {
            return;
        }

        lock (_complaints)
        {
            _complaints.Enqueue(line);
            if (_complaints.Count > MostLines)
            {
                _complaints.Dequeue();
            }
        }
    }
}
