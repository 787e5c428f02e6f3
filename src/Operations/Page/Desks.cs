using Npgsql;
using Reversals.Operations.Actions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Page;

/// <summary>What the page asks: the operations of the verbs, on connections of its own.</summary>
sealed class Desks : IAsyncDisposable
{
    readonly NpgsqlDataSource _database;

    public Desks(WorkerOptions options, TimeProvider clock, ILoggerFactory loggers)
    {
        var address = options.Page.Postgres ?? options.ConnectionStrings.Postgres;
        Address = Database.Address(address);
        _database = Database.OpenForPeople(address, loggers);
        Board = new StatusBoard(_database, clock);
        Rates = new RateHistory(_database, clock);
        Quarantine = new QuarantineDesk(_database);
        Replay = new QuarantineReplay(_database, options);
        References = new References(_database);
        Audit = new Audit(_database);
        Queues = new QueueWatch(options, clock);
        Mask = Mask.For(options);
    }

    /// <summary>Host, port and name of the database, for people.</summary>
    internal string Address { get; }

    internal StatusBoard Board { get; }

    internal RateHistory Rates { get; }

    internal QuarantineDesk Quarantine { get; }

    internal QuarantineReplay Replay { get; }

    internal References References { get; }

    internal Audit Audit { get; }

    internal QueueWatch Queues { get; }

    internal Mask Mask { get; }

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
