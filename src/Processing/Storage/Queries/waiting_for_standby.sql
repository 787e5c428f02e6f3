-- Commits of this user that have waited for a synchronous standby longer than a healthy one takes.
SELECT count(*)
FROM pg_stat_activity
WHERE usename = current_user AND wait_event = 'SyncRep'
  AND state_change < clock_timestamp() - interval '1 second'
