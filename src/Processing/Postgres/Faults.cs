using System.Net.Sockets;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>What an error of the database means for the batch it stopped.</summary>
enum Fault
{
    /// <summary>The servers or the way to them: try the whole batch again after a while.</summary>
    Transient,

    /// <summary>Another worker was first: try the whole batch again at once.</summary>
    ConcurrencyConflict,

    /// <summary>Somebody holds a row that some message needs: that message waits, the others go on.</summary>
    LockWait,

    /// <summary>Some one message of the batch: find it.</summary>
    Data,
}

/// <summary>What was read no longer stands there: the batch is to be run again from the start.</summary>
sealed class ConcurrencyConflictException() : Exception("a payment appeared while its batch was loading");

/// <summary>Tells from an error whose fault it is.</summary>
static class Faults
{
    /// <summary>
    /// Tells a fault of the infrastructure from a fault of one message. A missing table, right or key is no
    /// message's fault either: nothing is quarantined for it.
    /// </summary>
    internal static Fault Classify(Exception exception) => exception switch
    {
        ConcurrencyConflictException => Fault.ConcurrencyConflict,
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure } => Fault.ConcurrencyConflict,
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected } => Fault.ConcurrencyConflict,
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => Fault.LockWait,
        PostgresException { SqlState: var state } => IsInfrastructure(state) ? Fault.Transient : Fault.Data,
        NpgsqlException or TimeoutException or OperationCanceledException or IOException or SocketException =>
            Fault.Transient,
        _ => Fault.Data,
    };

    /// <summary>
    /// Whether one message may be enough for the server to report this, as a rule a fault of the
    /// infrastructure: a trigger of the biller's that lacks a table, a row that is always changed by somebody
    /// else, a statement that takes too long. What is wrong with the connection itself is no message's.
    /// </summary>
    internal static bool MayBeOfOneMessage(Exception exception) => exception switch
    {
        ConcurrencyConflictException => true,
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => false,
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => true,
        PostgresException { SqlState: var state } =>
            state[..2] is "25" or "40" or "42" or "53" or "55" or "58" or "XX",
        _ => false,
    };

    /// <summary>Whether a statement took longer than it may.</summary>
    internal static bool IsTimeout(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };

    /// <summary>By class (first two characters) of the SQLSTATE.</summary>
    static bool IsInfrastructure(string state) => state[..2] switch
    {
        "08" => true, // connection
        "25" => true, // read-only: a standby, or a transaction that already ended
        "26" => true, // the driver takes a statement for prepared that is not
        "28" => true, // sign-in
        "3D" => true, // no such database
        "40" => true, // rolled back by the server
        "42" => true, // missing table, column or right: not migrated, or not granted
        "53" => true, // out of connections, memory or disk
        "55" => true, // something is in use
        "57" => true, // cancelled or shut down
        "58" => true, // the server's own machine
        "XX" => true, // the server itself
        _ => false,
    };
}
