using System.Net.Sockets;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Unit;

/// <summary>Whose fault an error of the database is: nothing is quarantined for the
/// infrastructure's.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.SerializationFailure, "ConcurrencyConflict")]
    [InlineData(PostgresErrorCodes.DeadlockDetected, "ConcurrencyConflict")]
    [InlineData(PostgresErrorCodes.ConnectionFailure, "Transient")]
    [InlineData(PostgresErrorCodes.ReadOnlySqlTransaction, "Transient")]
    [InlineData(PostgresErrorCodes.InvalidSqlStatementName, "Transient")]
    [InlineData(PostgresErrorCodes.InvalidPassword, "Transient")]
    [InlineData(PostgresErrorCodes.InvalidCatalogName, "Transient")]
    [InlineData(PostgresErrorCodes.UndefinedTable, "Transient")]
    [InlineData(PostgresErrorCodes.InsufficientPrivilege, "Transient")]
    [InlineData(PostgresErrorCodes.TooManyConnections, "Transient")]
    [InlineData(PostgresErrorCodes.DiskFull, "Transient")]
    [InlineData(PostgresErrorCodes.LockNotAvailable, "LockWait")]
    [InlineData(PostgresErrorCodes.QueryCanceled, "Transient")]
    [InlineData(PostgresErrorCodes.AdminShutdown, "Transient")]
    [InlineData(PostgresErrorCodes.CannotConnectNow, "Transient")]
    [InlineData(PostgresErrorCodes.IoError, "Transient")]
    [InlineData(PostgresErrorCodes.InternalError, "Transient")]
    [InlineData(PostgresErrorCodes.CheckViolation, "Data")]
    [InlineData(PostgresErrorCodes.NotNullViolation, "Data")]
    [InlineData(PostgresErrorCodes.NumericValueOutOfRange, "Data")]
    [InlineData(PostgresErrorCodes.UntranslatableCharacter, "Data")]
    [InlineData(PostgresErrorCodes.StringDataRightTruncation, "Data")]
    public void The_SQLSTATE_tells_whose_fault_it_is(string state, string fault) =>
        Faults.Classify(Some.Error(state)).ToString().ShouldBe(fault);

    [Fact]
    public void The_way_to_the_database_is_never_a_messages_fault()
    {
        Faults.Classify(new NpgsqlException("away")).ShouldBe(Fault.Transient);
        Faults.Classify(new NpgsqlException("away", new SocketException())).ShouldBe(Fault.Transient);
        Faults.Classify(new TimeoutException()).ShouldBe(Fault.Transient);
        Faults.Classify(new IOException()).ShouldBe(Fault.Transient);
        Faults.Classify(new OperationCanceledException()).ShouldBe(Fault.Transient);
        Faults.Classify(new SocketException()).ShouldBe(Fault.Transient);
        Faults.Classify(new ConcurrencyConflictException()).ShouldBe(Fault.ConcurrencyConflict);
    }

    [Fact]
    public void Anything_else_is_some_messages_fault()
    {
        Faults.Classify(new InvalidOperationException()).ShouldBe(Fault.Data);
        Faults.Classify(new OverflowException()).ShouldBe(Fault.Data);
    }
}
