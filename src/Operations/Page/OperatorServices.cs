using Reversals.Operations.Actions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Page;

/// <summary>What the page asks: the queries and actions of the commands, on connections of its own.</summary>
sealed class OperatorServices : IAsyncDisposable
{
    readonly PostgresServers _database;
    readonly Live<QuarantineReplay> _replay;
    readonly Live<Redactor> _redactor;

    public OperatorServices(
        LiveSettings<WorkerOptions> settings, TimeProvider clock, ILoggerFactory loggers)
    {
        var options = settings.Current;
        var address = options.Page.Postgres ?? options.ConnectionStrings.Postgres;
        Address = Database.Address(address);
        _database = Database.OpenForPeople(address, loggers);
        Status = new StatusQuery(_database, clock);
        Keys = new PageKeys(_database);
        Rates = new RateHistory(_database, clock);
        Quarantine = new QuarantineQuery(_database);
        QuarantineAdmin = new QuarantineAdmin(_database);
        Pause = new PauseAdmin(_database, clock);
        _replay = settings.Make(current => new QuarantineReplay(_database, current, clock));
        References = new ReferenceSearch(_database);
        Audit = new AuditQuery(_database);
        Queues = new CachedQueueStats(options, clock);
        _redactor = settings.Make(Redactor.For);
    }

    /// <summary>Host, port and name of the database, for operators.</summary>
    internal string Address { get; }

    internal StatusQuery Status { get; }

    /// <summary>Keys of the page's forms.</summary>
    internal PageKeys Keys { get; }

    internal RateHistory Rates { get; }

    internal QuarantineQuery Quarantine { get; }

    internal QuarantineAdmin QuarantineAdmin { get; }

    internal PauseAdmin Pause { get; }

    internal QuarantineReplay Replay => _replay.Value;

    internal ReferenceSearch References { get; }

    internal AuditQuery Audit { get; }

    internal CachedQueueStats Queues { get; }

    internal Redactor Redactor => _redactor.Value;

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
