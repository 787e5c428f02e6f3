using Microsoft.AspNetCore.Connections;
using Npgsql;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.RabbitMq;

namespace Reversals.Operations.Commands;

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
static class ErrorHandler
{
    /// <summary>Runs a command. When the operator stops it, no server is to blame.</summary>
    internal static async Task<int> ToExitCodeAsync(
        CommandContext context, Func<Task<int>> command, CancellationToken stop)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await context.WriteErrorAsync("Stopped before the end. What was done stays done.");
            return ExitCode.Problem;
        }
        catch (Exception error)
        {
            var (code, problem) = Usage(error) ?? Refused(error) ?? Down(context, error) ?? Problem(error);
            await context.WriteErrorAsync(problem);
            return code;
        }
    }

    /// <summary>Runs the steps of a command; when they end early, says what was done and what next.</summary>
    internal static async Task<int> WithStateAsync(
        CommandContext context, Func<string> state, Func<Task<int>> steps, CancellationToken stop)
    {
        try
        {
            return await steps();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await context.WriteErrorAsync($"Stopped before the end. {state()}");
            return ExitCode.Problem;
        }
        catch (Exception)
        {
            await context.WriteErrorAsync(state());
            throw;
        }
    }

    /// <summary>Null: neither the command line nor the settings are to blame.</summary>
    static (int Code, string Problem)? Usage(Exception error) => error switch
    {
        ConfigurationException => (ExitCode.Usage, $"The configuration cannot be used:\n{error.Message}"),
        UsageException or FileNotFoundException or DirectoryNotFoundException
            or UnauthorizedAccessException => (ExitCode.Usage, error.Message),
        IOException { InnerException: AddressInUseException } => (
            ExitCode.Usage,
            $"{error.Message} Choose another Health:Port, Page:Port or Telemetry:PrometheusPort, " +
            "or end what listens there"),
        _ => null,
    };

    /// <summary>Null: PostgreSQL lacks neither a table nor a right.</summary>
    static (int Code, string Problem)? Refused(Exception error) => error switch
    {
        PostgresException
        {
            SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
                or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InvalidSchemaName,
        } old => (
            ExitCode.Problem,
            $"{old.MessageText}: the schema is older than this program. Run: reversal-worker migrate"),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } forbidden => (
            ExitCode.Problem,
            $"{forbidden.MessageText}: this command needs the rights of reversal_operator in " +
            "ConnectionStrings:Postgres (migrate those of reversal_owner, retention those of " +
            "reversal_retention). " +
            "deploy/postgres/roles.sql gives them"),
        _ => null,
    };

    static (int Code, string Problem)? Down(CommandContext context, Exception error) =>
        Faults.Classify(error) is not Fault.Data || BrokerConnection.IsFault(error)
            ? (ExitCode.ServerDown, $"A server does not answer: {Server(context, error)}")
            : null;

    static (int Code, string Problem) Problem(Exception error) => (ExitCode.Problem, error switch
    {
        InvalidOperationException => error.Message,
        PostgresException refused => $"PostgreSQL refuses this ({refused.SqlState}): {refused.MessageText}",
        _ => NotForeseen(error),
    });

    /// <summary>A stack trace does not help an operator; the type helps those who mend the program.</summary>
    internal static string NotForeseen(Exception error) =>
        $"This is a mistake of the program, please report it: {error.GetType().Name}: {error.Message}";

    /// <summary>Which server, at which address, and what is wrong.</summary>
    static string Server(CommandContext context, Exception error)
    {
        var configuration = context.Configuration();
        return error switch
        {
            NpgsqlException => "PostgreSQL at " +
                $"{Database.Address(WorkerConfiguration.Postgres(configuration))}: {Database.Explain(error)}",
            _ when WithBroker(configuration) is { } options =>
                $"RabbitMQ at {BrokerConnection.Address(options.Broker)}: {BrokerConnection.Explain(error)}",
            _ => error.GetBaseException().Message,
        };
    }

    /// <summary>Null: the command does not need RabbitMQ, and its settings are missing.</summary>
    static WorkerOptions? WithBroker(IConfiguration configuration)
    {
        try
        {
            return WorkerConfiguration.ReadOnly(configuration, Needs.Broker);
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }
}
