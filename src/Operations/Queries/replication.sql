-- Whom a commit waits for. Who may not see it all is told only how many standbys are connected.
SELECT current_setting('synchronous_standby_names') AS names,
       count(r.pid) AS connected,
       count(r.pid) FILTER (WHERE r.sync_state IN ('sync', 'quorum')) AS synchronous,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS is_visible
FROM pg_stat_replication r
