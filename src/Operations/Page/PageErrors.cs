using System.Security.Cryptography;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Telemetry;
using Reversals.RabbitMq;

namespace Reversals.Operations.Page;

/// <summary>What an operator reads instead of a page.</summary>
sealed class PageErrors(WorkerOptions options, OperatorServices services, ILogger log)
{
    internal NoticeModel Explain(Exception error, string path) => error switch
    {
        BadHttpRequestException or InvalidDataException =>
            new(StatusCodes.Status400BadRequest, "Refused", "The form cannot be read"),
        // The keys of the forms are in the database, and the framework hides what it said.
        CryptographicException { InnerException: { } inner } => Explain(inner, path),
        PostgresException { SqlState: ['2', '2', ..] } postgres =>
            Wrong($"PostgreSQL cannot read what was asked for: {postgres.MessageText}"),
        NpgsqlException => new(
            StatusCodes.Status503ServiceUnavailable,
            error is PostgresException ? "PostgreSQL refuses this" : "PostgreSQL does not answer",
            $"{services.Address}: {Database.Explain(error)}"),
        RabbitMQClientException or OperationCanceledException or IOException => new(
            StatusCodes.Status503ServiceUnavailable, "RabbitMQ does not answer",
            $"{BrokerConnection.Address(options.Broker)}: {BrokerConnection.Explain(error)}"),
        _ => Failed(error, path),
    };

    internal static NoticeModel Nothing(string why) =>
        new(StatusCodes.Status404NotFound, "Nothing here", why);

    internal static NoticeModel Wrong(string why) =>
        new(StatusCodes.Status400BadRequest, "This cannot be asked", why);

    NoticeModel Failed(Exception error, string path)
    {
        Log.PageFailed(log, path, error);
        return new(
            StatusCodes.Status500InternalServerError, "This page failed",
            "The error is in the worker's log, as PageFailed");
    }
}
