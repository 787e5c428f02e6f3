using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>What may happen to a worker's own machine. Its supervisor starts it again at once.</summary>
static class WorkerFaults
{
    internal static readonly IReadOnlyList<FaultKind> All =
    [
        Of("worker killed", weight: 4, (0, 300), KillAtWorkAsync),
        Of("worker asked to stop", weight: 3, (200, 1500), worker => worker.Terminate()),
        Of("worker asked to stop, then killed", weight: 2, (20, 400), worker => worker.Terminate(),
            worker => worker.Kill()),

        // Longer than the lease of the outbox and than the broker waits for a heartbeat.
        Of("worker paused for long", weight: 2, (7000, 9000), worker => worker.Signal(Signals.Stop),
            worker => worker.Signal(Signals.Continue)),
        Of("worker's log not read", weight: 1, (2000, 6000), worker => worker.HearNothing(),
            worker => worker.HearAgain()),
        Of("worker paused", weight: 3, (500, 3500), worker => worker.Signal(Signals.Stop),
            worker => worker.Signal(Signals.Continue)),
    ];

    static FaultKind Of(
        string name, int weight, (int Least, int Most) hold, Action<WorkerProcess> inject,
        Action<WorkerProcess>? heal = null) =>
        Of(name, weight, hold, worker => Done(() => inject(worker)), heal);

    static FaultKind Of(
        string name, int weight, (int Least, int Most) hold, Func<WorkerProcess, Task> inject,
        Action<WorkerProcess>? heal = null) =>
        new(name, Lane.Workers, weight, hold,
            (_, draw) => inject(draw.Worker), (_, draw) => Done(() => heal?.Invoke(draw.Worker)));

    /// <summary>One that is starting has nothing to lose; when nothing is well it may never start.</summary>
    static async Task KillAtWorkAsync(WorkerProcess worker)
    {
        await Until.TakesAsync(worker.IsReadyAsync, seconds: 5);
        worker.Kill();
    }

    static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
