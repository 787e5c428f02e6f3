using System.Runtime.InteropServices;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Reversals.Contracts;
using Reversals.Hosting;
using Reversals.Processing.Batching;
using Reversals.Processing.Configuration;
using Reversals.Processing.Inbound;
using Reversals.Processing.Outbound;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;
using Reversals.Worker;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// The contestants that are no worker: composed of the worker's own parts, with one of them replaced. Each
/// runs in
/// a process of its own, configured like the worker.
/// </summary>
static class Serve
{
    internal static async Task<int> RunAsync(string name)
    {
        var stop = new TaskCompletionSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.TrySetResult();
        });
        var options = WorkerConfiguration.Read(SettingSources.Load());
        using var loggers = LoggerFactory.Create(
            log => log.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole());
        await (name switch
        {
            "bare-coalescer" => BareAsync(options, loggers, stop.Task),
            "timer-20ms" => TimedAsync(options, loggers, stop.Task),
            "ours-parts" => PartsAsync(MassTransitReceiver.Create, stop.Task),
            "stock-dispatch" => PartsAsync(StockReceiver.Create, stop.Task),
            "hand-written" => HandWritten.RunAsync(options, loggers, RunAsync, stop.Task),
            "masstransit-noop" => NothingAsync(options, loggers, stop.Task),
            _ => throw new BenchmarkException($"there is no contestant {name}"),
        });
        return 0;
    }

    static async Task BareAsync(WorkerOptions options, ILoggerFactory loggers, Task stop)
    {
        await using var core = new Core(options, loggers);
        await using var receiver = await BareReceiver.StartAsync(options, core.Batch);
        Console.WriteLine(Child.Ready);
        await Task.WhenAny(stop, receiver.Ended, core.Ended);
    }

    static async Task TimedAsync(WorkerOptions options, ILoggerFactory loggers, Task stop)
    {
        await using var core = new Core(options, loggers);
        var authenticator = new Authenticator(options.Clients);
        var batches = new TimedBatches(options.Batching.Limit, core.Batch);
        var bus = MassTransitReceiver.Create(options, loggers, async (message, _) =>
        {
            var sender = authenticator.Check(message.Request);
            if (sender.Failure is null)
            {
                await batches.SubmitAsync(
                    RequestReader.Read(message.Request, sender.ClientId, TimeProvider.System.GetUtcNow()));
            }
        });
        var ended = batches.RunAsync();
        await RunAsync(bus, Task.WhenAny(stop, ended, core.Ended));
    }

    static async Task NothingAsync(WorkerOptions options, ILoggerFactory loggers, Task stop)
    {
        var marks = Environment.GetEnvironmentVariable(
            Mark.Variable)!.Split(',').Select(int.Parse).ToHashSet();
        var count = 0;
        var bus = MassTransitReceiver.Create(options, loggers, (_, _) =>
        {
            var now = Interlocked.Increment(ref count);
            if (marks.Contains(now))
            {
                Console.WriteLine(Mark.Line(now));
            }

            return Task.CompletedTask;
        });
        await RunAsync(bus, stop);
    }

    /// <summary>The worker as it is composed, without its supervision, behind this bus.</summary>
    static async Task PartsAsync(
        Func<WorkerOptions, ILoggerFactory, Func<ReceivedMessage, CancellationToken, Task>, IBusControl> bus,
        Task stop)
    {
        await using var host = WorkerHost.Build(SettingSources.Load());
        var parts = host.Services;
        var reversals = parts.GetRequiredService<GroupCommit<ReversalRequest>>();
        using var noMore = new CancellationTokenSource();
        Task[] loops =
        [
            .. reversals.Start(CancellationToken.None),
            .. parts.GetRequiredService<IReadOnlyList<OutboxRelay>>().Select(relay =>
                Task.Run(() => relay.RunAsync(noMore.Token, CancellationToken.None))),
        ];
        await RunAsync(
            bus(parts.GetRequiredService<WorkerOptions>(), parts.GetRequiredService<ILoggerFactory>(),
                parts.GetRequiredService<MessageHandler>().HandleAsync),
            Task.WhenAny([stop, .. loops]));
        reversals.Complete();
        await noMore.CancelAsync();
        await Task.WhenAll(loops);
    }

    static async Task RunAsync(IBusControl bus, Task stop)
    {
        await bus.StartAsync();
        Console.WriteLine(Child.Ready);
        await stop;
        await bus.StopAsync();
    }

    /// <summary>What stands behind the batches: the worker's own storage and relays.</summary>
    sealed class Core : IAsyncDisposable
    {
        readonly PostgresServers _database;
        readonly RelayHandoffs _signals = new(TimeProvider.System);
        readonly CancellationTokenSource _stop = new();

        internal Core(WorkerOptions options, ILoggerFactory loggers)
        {
            _database = Database.Open(options.ConnectionStrings.Postgres, loggers);
            Batch = new ReversalBatch(
                _database, new ClientPolicies(new LiveSettings<WorkerOptions>(options)),
                new WaitingLimit(WorkerConfiguration.MostPending(options)), _signals,
                options.Outbound, TimeProvider.System, loggers.CreateLogger<ReversalBatch>());
            var outbox = new Outbox(_database);
            var signer = new LiveSettings<WorkerOptions>(options).Make(of => new EventSigner(of.Events));
            Ended = Task.WhenAll(RelayHandoffs.Kinds.Select(kind => Task.Run(() => new OutboxRelay(
                    kind, outbox, _signals[kind], signer, options, TimeProvider.System,
                        loggers.CreateLogger<OutboxRelay>())
                .RunAsync(_stop.Token, CancellationToken.None))));
        }

        internal ReversalBatch Batch { get; }

        internal Task Ended { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Ended;
            _stop.Dispose();
            _signals.Dispose();
            await _database.DisposeAsync();
        }
    }
}

/// <summary>How the consumer that does nothing says how far it is.</summary>
static class Mark
{
    /// <summary>Environment variable with the counts to be told, separated by commas.</summary>
    internal const string Variable = "BENCH_MARKS";

    internal static string Line(int count) => FormattableString.Invariant($"CONSUMED {count}");
}
