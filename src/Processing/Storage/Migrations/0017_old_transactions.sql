-- Who keeps dead rows from being removed: as long as a transaction is open that may still see them, nothing
-- of this database can be cleaned. It runs as its owner, as reversals.blockers() does, and tells of no
-- statement.
CREATE FUNCTION reversals.oldest_transaction()
RETURNS TABLE (holder text, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT found.holder, found.since
    FROM (
        SELECT format('session %s (%s, %s, %s)', a.pid, a.application_name, a.usename, a.state), a.xact_start
        FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.backend_type = 'client backend'
          AND a.pid <> pg_backend_pid()
          AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
        UNION ALL
        SELECT format('the prepared transaction %L', p.gid), p.prepared
        FROM pg_prepared_xacts p
        WHERE p.database = current_database()
    ) AS found (holder, since)
    WHERE found.since IS NOT NULL
    ORDER BY found.since
    LIMIT 1
$$;

-- Without pg_temp at the end a session's own temporary tables would come first.
ALTER FUNCTION reversals.blockers() SET search_path = pg_catalog, pg_temp;
