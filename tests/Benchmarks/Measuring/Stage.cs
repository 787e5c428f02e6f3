using Reversals.Tests.Benchmarks.Contestants;
using Reversals.Tests.Benchmarks.Load;
using Reversals.Tests.Benchmarks.Machine;
using Reversals.Tests.Benchmarks.Report;

namespace Reversals.Tests.Benchmarks.Measuring;

/// <summary>One contestant with a database of its own, a clean broker, a sender and a tap.</summary>
sealed class Stage : IAsyncDisposable
{
    /// <summary>Messages on their way in the closed loop: twice what a worker is handed ahead.</summary>
    const int Window = 4_000;

    /// <summary>Seconds of a load before it is measured.</summary>
    internal const int RampSeconds = 3;

    /// <summary>So long may nothing at all arrive before the rest counts as lost.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly Servers _servers;
    readonly Contestant _contestant;
    readonly string _database;
    readonly Books _books;
    readonly Mix _mix;
    readonly HeardEvents _tap;
    readonly Sender _sender;
    readonly List<Child> _children = [];

    Stage(
        Servers servers, Contestant contestant, string database, Books books, Mix mix, HeardEvents tap,
        Sender sender)
    {
        (_servers, _contestant, _database) = (servers, contestant, database);
        (_books, _mix, _tap, _sender) = (books, mix, tap, sender);
    }

    /// <summary>Messages that loads can still send; one is kept for the start.</summary>
    int Left => _mix.Capacity - _mix.References - 1;

    internal IEnumerable<int> Pids => _children.Select(child => child.Pid);

    internal int Heard => _tap.Total;

    /// <summary>Percent of the next requests on a bill that came before.</summary>
    internal int SameBill { get => _mix.SameBill; set => _mix.SameBill = value; }

    internal string Name => _contestant.Name;

    internal string Postgres => _servers.ConnectionString(_database);

    internal static async Task<Stage> OpenAsync(
        BenchOptions options, Servers servers, Contestant contestant, Shape shape, string database)
    {
        await servers.CleanBrokerAsync();
        await servers.CheckpointAsync();
        var capacity = (int)Math.Min(shape.Asked, 5_000_000);
        return new Stage(
            servers, contestant, database,
            await Books.OpenAsync(servers.ConnectionString(database)), new Mix(shape, capacity),
            await HeardEvents.OpenAsync(servers.RabbitMq, options.QuorumTap, capacity),
            await Sender.OpenAsync(servers.RabbitMq, capacity));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _sender.DisposeAsync();
        await _tap.DisposeAsync();
        await _servers.DropAsync(_database);
    }

    /// <summary>Starts so many processes; each reads the queue when this returns.</summary>
    internal async Task StartAsync(BenchOptions options, int processes = 1)
    {
        var started = Enumerable.Range(0, processes).Select(_ => Child.StartAsync(
            _contestant, options.ProgramOf(_contestant), Postgres, _servers.RabbitMq, options.Settings));
        _children.AddRange(await Task.WhenAll(started));
    }

    /// <summary>From now on a process is measured and stopped with the others.</summary>
    internal void Join(Child child) => _children.Add(child);

    internal async Task StopAsync()
    {
        await Task.WhenAll(_children.Select(child => child.DisposeAsync().AsTask()));
        _children.Clear();
    }

    /// <summary>Sends without measuring: programs are compiled, plans made, pages in memory.</summary>
    internal Task WarmAsync(int count) => FlowAsync(_mix.Take(count));

    /// <summary>Messages that somebody else sends; they are in the books.</summary>
    internal Message[] Take(int count) => _mix.Take(Math.Min(Left, Math.Max(1, count)));

    /// <summary>Fills the queue while nobody takes from it.</summary>
    internal Task FillAsync(int count) => _sender.FillAsync(_mix, count);

    /// <summary>
    /// A backlog builds up while the processes stand still; the time counts from the moment they go on to the
    /// last event.
    /// </summary>
    internal async Task<Figure> DrainAsync(int count)
    {
        _children.ForEach(child => child.Signal(Signals.Stop));
        await _sender.FillAsync(_mix, count);
        return await MeasureAsync(Phase.Drain, count, async () =>
        {
            var began = Stopwatch.GetTimestamp();
            _children.ForEach(child => child.Signal(Signals.Continue));
            return await HeardAsync(began);
        });
    }

    /// <summary>As much as goes through while the sender works beside it.</summary>
    internal async Task<Figure> FlowAsync(int count)
    {
        var messages = _mix.Take(count);
        return await MeasureAsync(Phase.Flow, count, () => FlowAsync(messages));
    }

    async Task<double> FlowAsync(Message[] messages)
    {
        var began = Stopwatch.GetTimestamp();
        await _sender.FlowAsync(messages, Window, _tap);
        return await HeardAsync(began);
    }

    /// <summary>
    /// What an open loop gets through that asks for more than that: events heard while it lasts. The backlog it
    /// leaves is waited for afterwards.
    /// </summary>
    internal async Task<Figure> SteadyAsync(double rate, double seconds)
    {
        var messages = Take((int)(rate * seconds));
        var (heard, lasted) = (0, 0.0);
        var figure = await MeasureAsync(Phase.Steady, messages.Length, async () =>
        {
            var (before, began) = (_tap.Total, Stopwatch.GetTimestamp());
            await _sender.ScheduleAsync(messages, rate);
            (heard, lasted) = (_tap.Total - before, Stopwatch.GetElapsedTime(began).TotalSeconds);
            await HearAllAsync();
            return lasted;
        });
        return figure with { Messages = heard, OfferedPerSecond = rate };
    }

    /// <summary>
    /// Open loop at a rate, for so long as asked or as payments last. What the load stirs up when it begins is over
    /// before it is measured: code is compiled once more, buffers grow, and the system writes what it has cached.
    /// </summary>
    internal async Task<Figure> LoadAsync(string phase, double rate, double lasting)
    {
        Proc.Sync();
        await _sender.ScheduleAsync(_mix.Take(Math.Min(Left, (int)(rate * RampSeconds))), rate);
        await HearAllAsync();
        var messages = Take((int)(rate * lasting));
        var figure = await MeasureAsync(phase, messages.Length, async () =>
        {
            var began = Stopwatch.GetTimestamp();
            await _sender.ScheduleAsync(messages, rate);
            return await HeardAsync(began);
        });
        var seconds = messages.Chunk((int)Math.Ceiling(rate));
        return Of(messages).In(figure, rate, seconds.Select(second => Of(second).P99));
        Latencies Of(Message[] some) => Latencies.Of(some, _sender.DueAt, _tap.HeardAt);
    }

    /// <summary>Stops and checks the books; only then may a figure of this stage be told.</summary>
    internal async Task CheckAsync()
    {
        await StopAsync();
        await _tap.SettleAsync();
        await _books.CheckAsync(_mix, _tap, await _servers.WaitingAsync());
    }

    internal async Task HearAllAsync()
    {
        try
        {
            await _tap.WaitAsync(_mix.Messages, Patience);
        }
        catch (BenchmarkException lost)
        {
            throw new BenchmarkException(
                $"{Name}: {lost.Message}\n{string.Join('\n', _children.Select(child => child.LastLines))}");
        }
    }

    /// <summary>Seconds until the last event.</summary>
    internal async Task<double> HeardAsync(long began)
    {
        await HearAllAsync();
        return Stopwatch.GetElapsedTime(began, _tap.LatestAt).TotalSeconds;
    }

    internal Task<Figure> MeasureAsync(string phase, int messages, Func<Task<double>> run) =>
        new Meter(_servers, _contestant.Name, _database, [.. Pids]).MeasureAsync(phase, messages, run);
}
