-- A primary tells its timeline by the name of the file it writes to: what the last checkpoint says is late
-- after a promotion.
SELECT (SELECT system_identifier::text FROM pg_control_system()),
       CASE WHEN pg_is_in_recovery()
            THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                          (SELECT min_recovery_end_timeline FROM pg_control_recovery()))
            ELSE ('x' || "left"(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END,
       pg_is_in_recovery()
