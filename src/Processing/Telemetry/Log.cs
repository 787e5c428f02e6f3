namespace Reversals.Processing.Telemetry;

/// <summary>
/// Every message the worker writes, with its event id. Bodies, keys and customer data are never in one. How
/// often one is written, and with a stack or without, is decided by <see cref="BoundedLog"/>.
/// </summary>
static partial class Log
{
    [LoggerMessage(1, LogLevel.Information,
        "Worker starts: {Queue} at {RabbitMq}, database {Postgres}, clients {Clients}; " +
        "version {Version} on {Host}")]
    internal static partial void Starting(
        ILogger log, string queue, string rabbitMq, string postgres, string clients, string version,
        string host);

    [LoggerMessage(2, LogLevel.Warning,
        "Nothing can be committed: {Problem}. The messages stay in the queue; next try in {Rest} ms")]
    internal static partial void WaitingForDatabase(ILogger log, string problem, double rest);

    [LoggerMessage(3, LogLevel.Warning,
        "Nothing can be committed: {Problem}. The messages in flight go back to the queue")]
    internal static partial void Pausing(ILogger log, string problem);

    [LoggerMessage(4, LogLevel.Information, "Reading {Queue}")]
    internal static partial void Reading(ILogger log, string queue);

    [LoggerMessage(5, LogLevel.Information,
        "Stopping: no more messages are taken, those in flight are finished")]
    internal static partial void Stopping(ILogger log);

    [LoggerMessage(6, LogLevel.Information, "Stopped")]
    internal static partial void Stopped(ILogger log);

    [LoggerMessage(7, LogLevel.Warning,
        "Not everything in flight was finished in time; it stays in the queue")]
    internal static partial void StoppedLate(ILogger log);

    [LoggerMessage(8, LogLevel.Warning, "Nothing can be read: {Problem}. Next try in {Rest} ms")]
    internal static partial void WaitingForBroker(ILogger log, string problem, double rest);

    [LoggerMessage(9, LogLevel.Warning,
        "Paused by {Operator}: {Note}. No requests are taken until somebody says reversal-worker resume; " +
        "events go out")]
    internal static partial void Paused(ILogger log, string @operator, string note);

    [LoggerMessage(10, LogLevel.Debug,
        "{Name}: a batch of {Size} was overtaken by another worker, attempt {Attempt}")]
    internal static partial void BatchOvertaken(ILogger log, string name, int size, int attempt);

    [LoggerMessage(11, LogLevel.Warning,
        "{Name}: a batch of {Size} could not be committed, attempt {Attempt}; next try in {Rest} ms")]
    internal static partial void BatchPutOff(
        ILogger log, string name, int size, int attempt, double rest, Exception error);

    [LoggerMessage(12, LogLevel.Warning, "{Name}: a batch of {Size} holds a message that fails; it is split")]
    internal static partial void BatchSplit(ILogger log, string name, int size, Exception error);

    [LoggerMessage(13, LogLevel.Warning,
        "{Name}: a message needs a row that somebody holds; it waits, the others go on")]
    internal static partial void HeldUp(ILogger log, string name, Exception error);

    [LoggerMessage(14, LogLevel.Warning,
        "{Name}: {Count} message(s) fail alone and wait beside the others, which go on: {Problem}. " +
        "Next try in {Rest} ms")]
    internal static partial void FailsBesideTheLanes(
        ILogger log, string name, int count, string problem, double rest);

    [LoggerMessage(15, LogLevel.Information, "Resumed: requests are taken again")]
    internal static partial void Resumed(ILogger log);

    [LoggerMessage(16, LogLevel.Warning,
        "In the way: {Problem}. The messages of other bills go on; end that session, or have its " +
        "transaction end (bill {BillId}, pid {Pid})")]
    internal static partial void BillHeld(ILogger log, string problem, long billId, int pid);

    [LoggerMessage(17, LogLevel.Warning, "Client {ClientId} is {State}")]
    internal static partial void ClientPause(ILogger log, string clientId, string state);

    [LoggerMessage(20, LogLevel.Warning,
        "Quarantined {Count} message(s) in the last {Seconds} s, " +
        "the latest for {Cause} from client {ClientId}")]
    internal static partial void Quarantined(
        ILogger log, long count, double seconds, string cause, string clientId);

    [LoggerMessage(21, LogLevel.Error, "A message fails alone and is quarantined")]
    internal static partial void FailsAlone(ILogger log, Exception error);

    [LoggerMessage(22, LogLevel.Error,
        "The books of bill {BillId} of client {ClientId} do not agree: less is paid than {ReferenceId} would "
        + "take. Nothing was changed")]
    internal static partial void LedgerInconsistent(
        ILogger log, long? billId, string clientId, string? referenceId);

    [LoggerMessage(23, LogLevel.Error,
        "The pending request {Id} fails alone; it is tried again until {Until} and then refused. See " +
        "reversals.pending")]
    internal static partial void RememberedFailsAlone(
        ILogger log, long id, DateTimeOffset until, Exception error);

    [LoggerMessage(24, LogLevel.Error,
        "The quarantine is full (Quarantine:MaxPerClient {MaxPerClient}, Quarantine:Max {Max}): {Count} " +
        "message(s) that nobody had signed were counted and not kept, the latest for {Cause} from client " +
        "{ClientId}. Replay or discard what waits there")]
    internal static partial void QuarantineFull(
        ILogger log, int maxPerClient, int max, long count, string cause, string clientId);

    [LoggerMessage(26, LogLevel.Warning,
        "Client {ClientId} has {MaxPending} requests that wait for their payments; whatever comes beyond " +
        "is refused for good. Clients:<id>:MaxPending allows no more")]
    internal static partial void PendingFull(ILogger log, string clientId, int maxPending);

    [LoggerMessage(27, LogLevel.Warning,
        "Requests that wait for their payments cannot be checked: {Problem}. They will be once this is over")]
    internal static partial void PendingOutOfSight(ILogger log, string problem);

    [LoggerMessage(28, LogLevel.Warning,
        "Previews cannot be read from {Queue}: {Problem}. Callers of POST /reversal/preview are told 503; " +
        "requests are done all the same")]
    internal static partial void PreviewsUnread(ILogger log, string queue, string problem);

    [LoggerMessage(29, LogLevel.Warning, "A preview of client {ClientId} is not answered: {Problem}")]
    internal static partial void PreviewUnanswered(ILogger log, string clientId, string problem);

    [LoggerMessage(30, LogLevel.Warning,
        "Publishing to RabbitMQ is interrupted: {Problem}. " +
        "The events for {Exchange} wait in the outbox; next try in {Rest} ms")]
    internal static partial void PublishingInterrupted(
        ILogger log, string exchange, string problem, double rest);

    [LoggerMessage(31, LogLevel.Warning,
        "Nobody is bound to exchange {Exchange}: its events wait in the outbox until a queue is bound")]
    internal static partial void Unroutable(ILogger log, string exchange);

    [LoggerMessage(32, LogLevel.Warning,
        "{Count} event(s) were not confirmed: {Problem}. They are tried again")]
    internal static partial void NotConfirmed(ILogger log, int count, string problem);

    [LoggerMessage(33, LogLevel.Warning, "The outbox of {Exchange} cannot be read: next try in {Rest} ms")]
    internal static partial void OutboxOutOfReach(
        ILogger log, string exchange, double rest, Exception error);

    [LoggerMessage(34, LogLevel.Information, "Publishing to {Exchange}")]
    internal static partial void Publishing(ILogger log, string exchange);

    [LoggerMessage(35, LogLevel.Debug, "A broken connection could not be closed in order")]
    internal static partial void DisconnectFailed(ILogger log, Exception? error);

    [LoggerMessage(36, LogLevel.Error,
        "Event {Event} of {Size} bytes cannot be published to {Exchange}: {Problem}. It is tried alone, " +
        "every {Longest} s in the end, and later events of its bill wait for it; all others go on. Raise " +
        "max_message_size of the broker above its size, and keep Outbound:MaxEventBytes below that")]
    internal static partial void EventUnacceptable(
        ILogger log, Guid @event, int size, string exchange, string problem, double longest);

    [LoggerMessage(37, LogLevel.Warning,
        "{Count} event(s) were refused by a queue bound to exchange {Exchange}; as a rule it is full and " +
        "has the overflow reject-publish, or it has no leader. The others get them again with each try, " +
        "every {Longest} s in the end. The broker does not say which queue it is: rabbitmqctl " +
        "list_bindings names those that are bound, rabbitmqctl list_queues name state leader messages " +
        "arguments policy shows which of them is at its limit. Have it read, or raise its limit; " +
        "the events follow by themselves, at once with reversal-worker outbox retry")]
    internal static partial void Refused(ILogger log, int count, string exchange, double longest);

    [LoggerMessage(38, LogLevel.Warning,
        "Answers cannot be sent to exchange {Exchange}: {Problem}. Callers of the gateway wait in vain and " +
        "ask again; the events themselves go out")]
    internal static partial void AnswersUnsent(ILogger log, string exchange, string problem);

    [LoggerMessage(40, LogLevel.Warning,
        "What waits in the tables cannot be counted: {Problem}. Until it can, counts stay and ages rise")]
    internal static partial void BacklogOutOfSight(ILogger log, string problem);

    [LoggerMessage(41, LogLevel.Warning,
        "Another PostgreSQL has taken over: {Primary}. What was being committed is tried again there")]
    internal static partial void PrimaryMoved(ILogger log, string primary);

    [LoggerMessage(42, LogLevel.Warning, "A server of {Setting} is of no use: {Problem}")]
    internal static partial void ServerOfNoUse(ILogger log, string setting, string problem);

    [LoggerMessage(50, LogLevel.Information, "Changed settings are in force: {Names}. Clients: {Clients}")]
    internal static partial void SettingsChanged(ILogger log, string names, string clients);

    [LoggerMessage(51, LogLevel.Error,
        "Changed settings are refused, those of before stay in force: {Problem}")]
    internal static partial void SettingsRefused(ILogger log, string problem);

    [LoggerMessage(52, LogLevel.Warning, "Changed settings need a restart to be in force: {Names}")]
    internal static partial void RestartNeeded(ILogger log, string names);

    [LoggerMessage(60, LogLevel.Information, "The operator page is at {Address}; actions: {Actions}")]
    internal static partial void PageServes(ILogger log, string address, bool actions);

    [LoggerMessage(61, LogLevel.Error, "The page {Path} failed")]
    internal static partial void PageFailed(ILogger log, string path, Exception error);

    [LoggerMessage(62, LogLevel.Debug, "The page cannot look at the rates: {Problem}")]
    internal static partial void RatesUnknown(ILogger log, string problem);
}
