-- The sessions for which one session waits at this moment. It runs as its owner, to whom roles.sql lets
-- PostgreSQL tell of other sessions; it tells none of their statements.
CREATE FUNCTION reversals.blockers_of(waiter integer)
RETURNS TABLE (pid integer, application text, signed_in_as text, state text, since timestamptz, holds text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.pid, a.application_name, a.usename::text, a.state, a.xact_start, 'the row of a bill'
    FROM unnest(pg_blocking_pids(waiter)) AS blocker (pid)
    JOIN pg_stat_activity a ON a.pid = blocker.pid
    ORDER BY a.xact_start
$$;
