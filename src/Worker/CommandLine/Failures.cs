using Microsoft.AspNetCore.Connections;
using Npgsql;
using Reversals.Worker.Outbound;
using Reversals.Worker.Storage;

namespace Reversals.Worker.CommandLine;

/// <summary>
/// What the process ends with: 0 well, 1 a problem, 2 wrong usage or settings, 3 a server is down.
/// </summary>
static class ExitCode
{
    internal const int Well = 0;
    internal const int Problem = 1;
    internal const int Usage = 2;
    internal const int ServerDown = 3;
}

/// <summary>Turns what can go wrong into a line that says what to do, and an exit code.</summary>
static class Failures
{
    /// <summary>Runs a verb; a stop that was asked for is no fault of a server.</summary>
    internal static async Task<int> ToExitCodeAsync(Shell shell, Func<Task<int>> verb, CancellationToken stop)
    {
        try
        {
            return await verb();
        }
        catch (ConfigurationException error)
        {
            await shell.Error.WriteLineAsync($"The configuration cannot be used:\n{error.Message}");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await shell.Error.WriteLineAsync("Stopped before the end. What was done stays done.");
            return ExitCode.Problem;
        }
        catch (Exception error) when (error
            is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            await shell.Error.WriteLineAsync(error.Message);
            return ExitCode.Usage;
        }
        catch (PostgresException error) when (error.SqlState
            is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
            or PostgresErrorCodes.InvalidSchemaName)
        {
            await shell.Error.WriteLineAsync(
                $"{error.MessageText}: the schema is older than this program. Run: reversal-worker migrate");
            return ExitCode.Problem;
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            await shell.Error.WriteLineAsync(
                $"{error.MessageText}: this verb needs the rights of reversal_operator in " +
                "ConnectionStrings:Postgres (migrate those of reversal_owner). deploy/postgres/roles.sql " +
                "gives " +
                "them");
            return ExitCode.Problem;
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await shell.Error.WriteLineAsync(
                $"{error.Message} Choose another Health:Port, Page:Port or Telemetry:PrometheusPort, " +
                "or end what listens there");
            return ExitCode.Usage;
        }
        catch (Exception error) when (Database.Classify(error) is not Fault.Data
            || EventPublisher.IsOfTheBroker(error))
        {
            await shell.Error.WriteLineAsync($"A server does not answer: {Down(shell, error)}");
            return ExitCode.ServerDown;
        }
        catch (InvalidOperationException error)
        {
            await shell.Error.WriteLineAsync(error.Message);
            return ExitCode.Problem;
        }
    }

    /// <summary>Which server, at which address, and what is wrong.</summary>
    static string Down(Shell shell, Exception error)
    {
        var configuration = shell.Configuration();
        return error is NpgsqlException
            ? $"PostgreSQL at {Database.Address(WorkerConfiguration.Postgres(configuration))}: " +
                Database.Explain(error)
            : $"RabbitMQ at {BrokerConnection.Address(WorkerConfiguration.Read(configuration))}: " +
                BrokerConnection.Explain(error);
    }
}
