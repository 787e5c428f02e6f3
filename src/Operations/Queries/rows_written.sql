-- What all workers wrote since the server counts, as the server counts it: no table is read.
SELECT pg_stat_get_tuples_inserted('reversals.event'::regclass) AS decided,
       pg_stat_get_tuples_inserted('reversals.reversal'::regclass) AS reversed,
       pg_stat_get_tuples_inserted('reversals.quarantine'::regclass) AS quarantined,
       pg_stat_get_tuples_deleted('reversals.outbox'::regclass) AS published
