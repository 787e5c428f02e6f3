using Reversals.Processing.Postgres;

namespace Reversals.Processing.Telemetry;

/// <summary>Which errors are those of a server or of the way to it.</summary>
static class ServerErrors
{
    internal static bool IsOfServer(Exception error) =>
        Faults.Classify(error) != Fault.Data
        || (error.GetType().Namespace is { } room
            && (room.StartsWith("RabbitMQ.", StringComparison.Ordinal)
                || room.StartsWith("MassTransit", StringComparison.Ordinal)));
}
