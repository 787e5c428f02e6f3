using System.Reflection;

namespace Reversals.Processing.Postgres;

/// <summary>The statements of the rooms' <c>Queries/</c>, each named like its file.</summary>
static class Sql
{
    internal static readonly string LockBills = Read("lock_bills");
    /// <summary>The same bills without a lock, for whoever only looks.</summary>
    internal static readonly string ReadBills = LockBills.Replace(
        "FOR NO KEY UPDATE OF b", "", StringComparison.Ordinal);

    internal static readonly string ReadPayments = Read("read_payments");
    internal static readonly string PreviewBills = Read("preview_bills");
    internal static readonly string PreviewPayments = Read("preview_payments");
    internal static readonly string ReadReversals = Read("read_reversals");
    internal static readonly string UpdateBills = Read("update_bills");
    internal static readonly string UpdatePayments = Read("update_payments");
    internal static readonly string UpdateBillsByKey = Read("update_bills_by_key");
    internal static readonly string UpdatePaymentsByKey = Read("update_payments_by_key");
    internal static readonly string BillingKind = Read("billing_kind");
    internal static readonly string InsertReversals = Read("insert_reversals");
    internal static readonly string InsertEvents = Read("insert_events");
    internal static readonly string FindTold = Read("find_told");
    internal static readonly string FindToldKey = Read("find_told_key");
    internal static readonly string EventBodies = Read("event_bodies");
    internal static readonly string InsertOutbox = Read("insert_outbox");
    internal static readonly string LockClaims = Read("lock_claims");
    internal static readonly string ClaimOutbox = Read("claim_outbox");
    internal static readonly string CompleteOutbox = Read("complete_outbox");
    internal static readonly string RenewOutbox = Read("renew_outbox");
    internal static readonly string BackoffOutbox = Read("backoff_outbox");
    internal static readonly string OutboxAge = Read("outbox_age");
    internal static readonly string WaitingForStandby = Read("waiting_for_standby");
    internal static readonly string CountWaiting = Read("count_waiting");
    internal static readonly string InsertPending = Read("insert_pending");
    internal static readonly string WithdrawPending = Read("withdraw_pending");
    internal static readonly string LockPending = Read("lock_pending");
    internal static readonly string DeletePending = Read("delete_pending");
    internal static readonly string FreshPending = Read("fresh_pending");
    internal static readonly string SweepPending = Read("sweep_pending");
    internal static readonly string NewestPayment = Read("newest_payment");
    internal static readonly string CountPending = Read("count_pending");
    internal static readonly string FindPending = Read("find_pending");
    internal static readonly string ReadPending = Read("read_pending");
    internal static readonly string StaleFunctions = Read("stale_functions");
    internal static readonly string UnfinishedIndexes = Read("unfinished_indexes");
    internal static readonly string InsertQuarantine = Read("insert_quarantine");
    internal static readonly string CountQuarantine = Read("count_quarantine");
    internal static readonly string CountDropped = Read("count_dropped");
    internal static readonly string TestWrite = Read("test_write");
    internal static readonly string ReportState = Read("report_state");
    internal static readonly string RemoveState = Read("remove_state");
    internal static readonly string ServerState = Read("server_state");
    internal static readonly string BlockersOf = Read("blockers_of");
    internal static readonly string LocateBills = Read("locate_bills");
    internal static readonly string WaitForBill = Read("wait_for_bill");
    internal static readonly string Pauses = Read("pauses");
    internal static readonly string Blockers = Read("blockers");
    internal static readonly string OldestTransaction = Read("oldest_transaction");

    /// <summary>A statement of the room's own assembly, or one that it shares with this room.</summary>
    internal static string Read(string name, Assembly? room = null)
    {
        var resource = $"Queries/{name}.sql";
        using var stream = room?.GetManifestResourceStream(resource)
            ?? typeof(Sql).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The statement {name}.sql is not in this build.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
