using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>What may happen to a gateway while callers wait at it, and between it and the broker.</summary>
static class GatewayFaults
{
    internal static readonly IReadOnlyList<FaultKind> All =
    [
        Of("gateway killed", weight: 3, (0, 300), gateway => gateway.Kill()),
        Of("gateway asked to stop", weight: 2, (200, 1500), gateway => gateway.Terminate()),
        Of("gateway paused", weight: 2, (500, 3500), gateway => gateway.Signal(Signals.Stop),
            gateway => gateway.Signal(Signals.Continue)),

        // Longer than a caller waits and than the broker waits for a heartbeat.
        Of("gateway paused for long", weight: 1, (7000, 9000), gateway => gateway.Signal(Signals.Stop),
            gateway => gateway.Signal(Signals.Continue)),
        Of("gateway: confirms lost", weight: 4, (300, 1500), gateway => gateway.Confirms.LoseNext()),
        Of("gateway: wire to RabbitMQ reset", weight: 3, (0, 200), gateway => gateway.RabbitMq.Reset()),
        Of("gateway: wire to RabbitMQ cut", weight: 2, (300, 2500),
            gateway =>
            {
                gateway.RabbitMq.Set(LinkState.Cut);
                gateway.RabbitMq.Reset();
            },
            gateway => gateway.RabbitMq.Set(LinkState.Clear)),
        Of("gateway: wire to RabbitMQ swallows everything", weight: 1, (1000, 5000),
            gateway => gateway.RabbitMq.Set(LinkState.Blackhole),
            gateway => gateway.RabbitMq.Set(LinkState.Clear)),
        Of("gateway: wire to RabbitMQ slow", weight: 1, (500, 2500),
            gateway => gateway.RabbitMq.Set(LinkState.Delay, TimeSpan.FromMilliseconds(150)),
            gateway => gateway.RabbitMq.Set(LinkState.Clear)),
    ];

    static FaultKind Of(
        string name, int weight, (int Least, int Most) hold, Action<GatewayProcess> inject,
        Action<GatewayProcess>? heal = null) =>
        new(name, Lane.Gateways, weight, hold,
            (_, draw) => On(draw, inject), (_, draw) => On(draw, heal));

    static Task On(Draw draw, Action<GatewayProcess>? action)
    {
        action?.Invoke(draw.Gateway!);
        return Task.CompletedTask;
    }
}
