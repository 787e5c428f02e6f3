using RabbitMQ.Client;
using Reversals.Tests.Chaos.Workload;
using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>What may happen to the broker, all of it brought about from outside.</summary>
static class RabbitMqFaults
{
    internal static readonly IReadOnlyList<FaultKind> All =
    [
        By("RabbitMQ: restarts", weight: 2, (0, 500), "stop_app", "start_app"),
        new("RabbitMQ: crashes", Lane.RabbitMq, Weight: 1, (0, 500), KillAsync,
            (cluster, _) => cluster.Servers.StartBrokerAsync()),
        By("RabbitMQ: memory alarm", weight: 2, (500, 3000),
            "set_vm_memory_high_watermark absolute 1MB", "set_vm_memory_high_watermark 0.4"),
        By("RabbitMQ: disk alarm", weight: 2, (500, 3000),
            "set_disk_free_limit 900000GB", "set_disk_free_limit 50MB"),
        By("RabbitMQ: all connections closed", weight: 2, (0, 500), "close_all_connections --vhost / chaos"),
        By("RabbitMQ: right revoked", weight: 2, (500, 2500),
            $"clear_permissions -p / {Servers.WorkerUser}",
            $"set_permissions -p / {Servers.WorkerUser} .* .* .*"),
        By("RabbitMQ: takes no large messages", weight: 2, (500, 2500),
            LargestMessage(Books.LargeText / 2), LargestMessage(128 << 20)) with { IsAboutOurs = true },
        Full("RabbitMQ: subscriber's queue is full", holds: 0),
        // It takes some and refuses some, so that of two events of one bill the first may be refused.
        Full("RabbitMQ: subscriber's queue is now and then full", holds: 3),
        Using("RabbitMQ: nobody is bound", weight: 2, (300, 2000), Broker.UnbindAsync, Broker.BindAsync),
        Using("RabbitMQ: another queue purged", weight: 1, (0, 100),
            channel => channel.QueuePurgeAsync(Broker.Second)),
        Using("RabbitMQ: another queue deleted", weight: 1, (200, 1000),
            channel => channel.QueueDeleteAsync(Broker.Second),
            async channel =>
            {
                await Broker.DeclareSecondAsync(channel);
                await Broker.BindAsync(channel);
            }),
    ];

    /// <summary>It counts for channels that are opened from then on, so the workers have to open theirs anew.</summary>
    static string LargestMessage(int bytes) => string.Create(CultureInfo.InvariantCulture,
        $"eval application:set_env(rabbit,max_message_size,{bytes})," +
        $"rabbit_networking:close_all_user_connections(<<\"{Servers.WorkerUser}\">>,<<\"chaos\">>).");

    static async Task KillAsync(Cluster cluster, Draw draw)
    {
        var pid = cluster.Servers.BrokerPid();
        Signals.Send(pid, Signals.Kill);
        await Until.TrueAsync(
            async () => !await Until.AcceptsAsync(cluster.Servers.RabbitMqPlace), "RabbitMQ is dead", 10);
    }

    static FaultKind Full(string name, int holds) =>
        By(name, weight: 2, (500, 2500),
            $"set_policy chaos-full ^{Broker.Tap}$ {{\"max-length\":{holds},\"overflow\":\"reject-publish\"}}",
            "clear_policy chaos-full");

    static FaultKind By(
        string name, int weight, (int Least, int Most) hold, string inject, string? heal = null) =>
        new(name, Lane.RabbitMq, weight, hold,
            (cluster, _) => cluster.Servers.RabbitMqAsync(inject),
            (cluster, _) => heal is null ? Task.CompletedTask : cluster.Servers.RabbitMqAsync(heal));

    static FaultKind Using(
        string name, int weight, (int Least, int Most) hold, Func<IChannel, Task> inject,
        Func<IChannel, Task>? heal = null) =>
        new(name, Lane.RabbitMq, weight, hold,
            (cluster, _) => cluster.Broker.UseAsync(inject),
            (cluster, _) => heal is null ? Task.CompletedTask : cluster.Broker.UseAsync(heal));
}
