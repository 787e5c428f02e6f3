namespace Reversals.Gateway;

/// <summary>
/// Every message the gateway writes. Bodies, headers, keys and customer data are never in one.
/// </summary>
static partial class Log
{
    [LoggerMessage(101, LogLevel.Information,
        "Gateway starts: http://{Address}:{Port}/reversal, clients {Clients}")]
    internal static partial void Starting(ILogger log, string address, int port, string clients);

    [LoggerMessage(102, LogLevel.Information, "Connected to {RabbitMq}; answers come to {Queue}")]
    internal static partial void Connected(ILogger log, string rabbitMq, string queue);

    [LoggerMessage(103, LogLevel.Warning,
        "Nothing can be asked: {Problem}. Callers are told 503; next try in {Rest} ms")]
    internal static partial void NotConnected(ILogger log, string problem, double rest);

    [LoggerMessage(104, LogLevel.Error,
        "The answer to a request cannot be read; its caller is told BILLER_SUSPECT_TRANSACTION")]
    internal static partial void AnswerUnreadable(ILogger log);

    [LoggerMessage(105, LogLevel.Error, "A request failed")]
    internal static partial void RequestFailed(ILogger log, Exception error);

    [LoggerMessage(106, LogLevel.Warning,
        "{Count} caller(s) had no answer in time since this was last told, the last of client {ClientId}; " +
        "each is told BILLER_SUSPECT_TRANSACTION")]
    internal static partial void NotAnswered(ILogger log, long count, string clientId);

    [LoggerMessage(107, LogLevel.Information, "Changed settings are in force: {Names}. Clients: {Clients}")]
    internal static partial void SettingsChanged(ILogger log, string names, string clients);

    [LoggerMessage(108, LogLevel.Error,
        "Changed settings are refused, those of before stay in force: {Problem}")]
    internal static partial void SettingsRefused(ILogger log, string problem);

    [LoggerMessage(109, LogLevel.Warning, "Changed settings need a restart to be in force: {Names}")]
    internal static partial void RestartNeeded(ILogger log, string names);

    [LoggerMessage(110, LogLevel.Warning,
        "No preview can be asked for: {Problem}. Callers of POST /reversal/preview are told 503; requests " +
        "are published all the same")]
    internal static partial void PreviewNotAsked(ILogger log, string problem);

    [LoggerMessage(111, LogLevel.Warning,
        "No worker answered a preview of client {ClientId} within {Seconds} s; its caller is told 503. " +
        "Workers of this version answer them while PostgreSQL is there; their logs say why one does not")]
    internal static partial void PreviewNotAnswered(ILogger log, string clientId, double seconds);

    [LoggerMessage(112, LogLevel.Error, "The answer to a preview cannot be read; its caller is told 500")]
    internal static partial void PreviewUnreadable(ILogger log);
}
