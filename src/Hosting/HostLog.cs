using Serilog;
using Serilog.Events;

namespace Reversals.Hosting;

/// <summary>The log of a process, on its standard output: masked, bounded, and nobody waits for it.</summary>
sealed record HostLog
{
    public required LoggingOptions Options { get; init; }

    /// <summary>Takes out what must not be in it.</summary>
    public required MaskingFormatter Mask { get; init; }

    /// <summary>Of such an error the stack says nothing.</summary>
    public required Func<Exception, bool> IsOfServer { get; init; }

    /// <summary>Counts the lines that nobody read in time; null: nobody does.</summary>
    public Action<long>? CountDropped { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>Those of our own lines and the warnings of the framework.</summary>
    internal LoggerConfiguration Configure(LoggerConfiguration log)
    {
#pragma warning disable CA2000 // The logger closes it.
        var sink = new BoundedLog(
            new ConsoleLog(Options.IsText ? new TextFormatter(Mask) : Mask, CountDropped), Clock, IsOfServer);
#pragma warning restore CA2000
        return log
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .WriteTo.Sink(sink);
    }
}
