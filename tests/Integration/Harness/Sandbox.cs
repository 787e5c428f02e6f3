namespace Reversals.Tests.Integration.Harness;

/// <summary>All that a test has to itself: a database, a clean broker, both neighbours, workers.</summary>
sealed class Sandbox : IAsyncDisposable
{
    readonly Servers _servers;
    readonly List<HostedWorker> _workers = [];
    readonly List<Link> _links = [];
    readonly List<Books> _others = [];
    readonly List<IAsyncDisposable> _kept = [];

    Sandbox(Servers servers, Books books, Broker broker, Listener tap, Upstream upstream)
    {
        (_servers, Books, Broker, Tap, Upstream) = (servers, books, broker, tap, upstream);
        Settings = new(StringComparer.OrdinalIgnoreCase)
        {
            ["ConnectionStrings:Postgres"] = books.ConnectionString,
            ["ConnectionStrings:RabbitMq"] = servers.RabbitMq,
            [$"Clients:{Some.Client}:ApiKeys:0"] = Some.Key,
            [$"Clients:{Some.OtherClient}:ApiKeys:0"] = Some.OtherKey,
            [$"Clients:{Some.StrictClient}:ApiKeys:0"] = Some.StrictKey,
            [$"Clients:{Some.StrictClient}:StatusAfterReversal"] = "reversal",
            [$"Clients:{Some.StrictClient}:ReversalWindow"] = "1.00:00:00",
            ["Outbound:Rest"] = "00:00:00.2",
            ["Outbound:PollInterval"] = "00:00:00.2",
        };
    }

    internal Books Books { get; }

    internal Broker Broker { get; }

    internal Listener Tap { get; }

    /// <summary>The test puts rows into <c>reversals.event</c> whose bodies are no events.</summary>
    internal bool PlantsEvents { get; set; }

    internal Upstream Upstream { get; }

    /// <summary>Configuration of the workers that are started next.</summary>
    internal Dictionary<string, string?> Settings { get; }

    internal static async Task<Sandbox> OpenAsync(Servers servers)
    {
        var books = new Books(await servers.CreateDatabaseAsync(migrated: true));
        var broker = await Broker.ConnectAsync(servers.RabbitMq);
        await broker.CleanAsync();
        LogCapture.Clear();
        return new Sandbox(
            servers, books, broker, await Listener.OpenAsync(servers.RabbitMq),
            await Upstream.ConnectAsync(servers.RabbitMq));
    }

    public async ValueTask DisposeAsync()
    {
        _links.ForEach(link => link.Restore());
        await StopWorkersAsync();
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        foreach (var thing in _kept)
        {
            await thing.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        await Tap.DisposeAsync();
        await Broker.DisposeAsync();
        foreach (var books in (Books[])[Books, .. _others])
        {
            await books.DisposeAsync();
            await _servers.DropDatabaseAsync(books.ConnectionString);
        }

        if (!PlantsEvents)
        {
            NeighbourContract.Judge(Tap.All);
        }
    }

    /// <summary>One more database, as a new installation finds it; workers started next use it.</summary>
    internal async Task<Books> UseEmptyDatabaseAsync()
    {
        var books = new Books(await _servers.CreateDatabaseAsync(migrated: false));
        _others.Add(books);
        Settings["ConnectionStrings:Postgres"] = books.ConnectionString;
        return books;
    }

    /// <summary>Workers started next sign in to PostgreSQL as <c>reversal_worker</c>.</summary>
    internal async Task<Roles> UseRolesAsync(
        string password = "password-of-all-roles", Books? books = null)
    {
        var roles = Keep(await Roles.GrantAsync(books ?? Books, password));
        Settings["ConnectionStrings:Postgres"] = roles.ConnectionString(Roles.Worker);
        return roles;
    }

    /// <summary>Closes this at the end, after the workers and before the database.</summary>
    internal T Keep<T>(T thing)
        where T : IAsyncDisposable
    {
        _kept.Add(thing);
        return thing;
    }

    internal string VirtualHost => _servers.VirtualHost;

    /// <summary>Changes something at the broker itself.</summary>
    internal Task<string> ControlAsync(params IReadOnlyList<string> command) =>
        _servers.ControlAsync(command);

    /// <summary>Queues of this name get this policy; an empty definition takes it from them.</summary>
    internal Task SetPolicyAsync(string queue, string definition)
    {
        string[] where = ["-p", _servers.VirtualHost, "reversal-tests"];
        return definition.Length == 0
            ? ControlAsync(["clear_policy", .. where])
            : ControlAsync(["set_policy", .. where, $"^{queue}$", definition, "--apply-to", "queues"]);
    }

    /// <summary>Starts workers and waits until they read.</summary>
    internal async Task<HostedWorker> StartWorkerAsync(int count = 1)
    {
        var workers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartUnreadyWorkerAsync()));
        await Task.WhenAll(workers.Select(worker => worker.BecomesReadyAsync()));
        return workers[0];
    }

    /// <summary>Starts a worker that may have to wait for its servers.</summary>
    internal async Task<HostedWorker> StartUnreadyWorkerAsync()
    {
        var worker = await HostedWorker.StartAsync(
            new Dictionary<string, string?>(Settings, StringComparer.Ordinal));
        lock (_workers)
        {
            _workers.Add(worker);
        }

        return worker;
    }

    /// <summary>What a worker that is a process of its own is told: the same, and a port of its own.</summary>
    internal Dictionary<string, string?> ProcessSettings() => new(Settings, StringComparer.OrdinalIgnoreCase)
    {
        ["Health:Port"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The program as it is delivered.</summary>
    internal ChildProcess StartProcess(MemoryLimit? limit = null) =>
        WorkerProcess.Start(["run"], ProcessSettings(), limit);

    /// <summary>Of the operator page, once <see cref="StartPageAsync"/> has opened it.</summary>
    internal int PagePort { get; } = Ports.Free();

    /// <summary>Starts a worker with the operator page.</summary>
    internal Task<HostedWorker> StartPageAsync(bool acts = true)
    {
        Settings["Page:Port"] = PagePort.ToString(CultureInfo.InvariantCulture);
        Settings["Page:Actions"] = acts ? "true" : "false";
        return StartWorkerAsync();
    }

    /// <summary>Stops the workers and starts one that knows this key of <see cref="Some.Client"/>.</summary>
    internal async Task<HostedWorker> RestartWithKeyAsync(string key)
    {
        await StopWorkersAsync();
        Settings[$"Clients:{Some.Client}:ApiKeys:0"] = key;
        return await StartWorkerAsync();
    }

    /// <summary>Sends what nobody has signed, and waits until it is quarantined.</summary>
    internal async Task QuarantineOneAsync()
    {
        await Upstream.SendAsync("{}", change: to => to.Headers!.Remove("Signature"));
        await Books.QuarantinedAsync(1);
    }

    /// <summary>Sends one signed request and waits for its answer.</summary>
    internal async Task<Heard> AskAsync(
        string body, string client = Some.Client, Action<BasicProperties>? change = null)
    {
        var before = Tap.Count;
        await Upstream.SendAsync(body, client, change);
        return (await Tap.HearAsync(before + 1))[before];
    }

    /// <summary>
    /// Waits for that many events, until no request waits and none is left to publish, and for a mark behind them
    /// in the subscriber's queue: so each came once, and it was not only the first moment the count fitted.
    /// </summary>
    internal Task<IReadOnlyList<Heard>> HearOnceAsync(int count, int seconds = 20) =>
        HearDoneAsync(Tap.HearAsync, count, seconds);

    /// <summary>The same of different events: each may come again.</summary>
    internal Task<IReadOnlyList<Heard>> HearEachAsync(int count, int seconds) =>
        HearDoneAsync(Tap.HearEachAsync, count, seconds);

    async Task<IReadOnlyList<Heard>> HearDoneAsync(
        Func<int, int, Task<IReadOnlyList<Heard>>> hear, int count, int seconds)
    {
        await hear(count, seconds);
        await Broker.HoldsAsync(0, seconds);
        await Books.OutboxEmptyAsync(seconds);
        return await hear(count, 20);
    }

    internal async Task StopWorkersAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.DisposeAsync().AsTask()));
        _workers.Clear();
    }

    /// <summary>The request queue as a worker makes it, with no worker reading it.</summary>
    internal async Task DeployTopologyAsync()
    {
        await StartWorkerAsync();
        await StopWorkersAsync();
    }

    /// <summary>Waits until all is published; the books agree, and <see cref="NothingIsLeftAsync"/>.</summary>
    internal async Task SettledAsync()
    {
        await Books.OutboxEmptyAsync();
        (await Books.DisagreementsAsync()).ShouldBe(0);
        await NothingIsLeftAsync();
    }

    /// <summary>So many paid bills, and a request for each in the queue, which nobody reads yet.</summary>
    internal async Task QueueAsync(int requests)
    {
        await Books.ManyAsync(requests);
        await DeployTopologyAsync();
        await Upstream.SendAllAsync(Some.Requests(requests));
    }

    /// <summary>Stops the workers; nothing waits, and nothing is where nothing belongs.</summary>
    internal async Task NothingIsLeftAsync()
    {
        await StopWorkersAsync();
        (await Broker.WaitingAsync()).ShouldBe(0u);
        (await Broker.WaitingAsync(Wire.DeadLetterQueue)).ShouldBe(0u);
        (await Books.CountAsync("reversals.outbox")).ShouldBe(0);
        foreach (var name in Broker.Forbidden)
        {
            (await Broker.HasQueueAsync(name)).ShouldBeFalse(name);
            (await Broker.HasExchangeAsync(name)).ShouldBeFalse(name);
        }
    }

    /// <summary>Workers started next reach PostgreSQL through this.</summary>
    internal Link LinkToPostgres(bool cut = false)
    {
        var settings = new NpgsqlConnectionStringBuilder(Settings["ConnectionStrings:Postgres"]);
        var link = new Link(settings.Host!, settings.Port, cut);
        (settings.Host, settings.Port) = ("127.0.0.1", link.Port);
        Settings["ConnectionStrings:Postgres"] = settings.ConnectionString;
        _links.Add(link);
        return link;
    }

    /// <summary>Workers started next reach RabbitMQ through this.</summary>
    internal Link LinkToRabbitMq(bool cut = false)
    {
        var address = new UriBuilder(Settings["ConnectionStrings:RabbitMq"]!);
        var link = new Link(address.Host, address.Port > 0 ? address.Port : 5672, cut);
        (address.Host, address.Port) = ("127.0.0.1", link.Port);
        Settings["ConnectionStrings:RabbitMq"] = address.Uri.AbsoluteUri;
        _links.Add(link);
        return link;
    }
}

/// <summary>A test against real servers, with a sandbox of its own.</summary>
public abstract class ServerTest(Servers servers) : IAsyncLifetime
{
    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected Sandbox Box { get; private set; } = null!;

    /// <summary>Runs a command with the settings of the sandbox.</summary>
    private protected Task<VerbRun> RunAsync(string verb, string? answer = null) =>
        VerbRun.OfAsync(Box.Settings, verb, answer);

    /// <summary>This takes less than so many seconds.</summary>
    private protected static async Task WithinAsync(double seconds, Func<Task> act)
    {
        var began = Stopwatch.GetTimestamp();
        await act();
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeLessThan(seconds);
    }

    public async ValueTask InitializeAsync() => Box = await Sandbox.OpenAsync(servers);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Box is not null)
        {
            await Box.DisposeAsync();
        }
    }
}
