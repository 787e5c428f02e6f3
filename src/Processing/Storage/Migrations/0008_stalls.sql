-- What tells whether reversals can be committed now, who stands in their way, and how each worker is doing.

-- Writes rows as a reversal does and takes them back, so that whatever would stop every commit (a trigger, a
-- lock on a table, a full disk, a missing right) stops this one. As rows were written, the COMMIT that
-- follows is a real one: it waits for the disk and for a synchronous standby. Of the bills three are tried,
-- and one that can be changed is enough: a trigger that fails for a single bill is not everybody's fault.
CREATE PROCEDURE reversals.test_write()
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
    test_event uuid := gen_random_uuid();
    bill bigint;
    refusal text;
    refused_as text;
BEGIN
    BEGIN
        INSERT INTO reversals.reversal
            (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, reversed_at)
        VALUES ('', test_event::text, decode(repeat('00', 32), 'hex'), 0, 0, 1, test_event, now());
        INSERT INTO reversals.event (event_id, kind, client_id, rc, reason, body, occurred_at)
        VALUES (test_event, 'payment.reversal', '', '', '', '', now());
        INSERT INTO reversals.outbox (kind, event_id, held_until)
        VALUES ('payment.reversal', test_event, 'infinity');
        SET CONSTRAINTS ALL IMMEDIATE;
        RAISE EXCEPTION 'taken back' USING ERRCODE = 'RV000';
    EXCEPTION WHEN SQLSTATE 'RV000' THEN
        NULL;
    END;

    FOR bill IN
        (SELECT b.id FROM billing.bill b ORDER BY b.id DESC OFFSET 1 LIMIT 1)
        UNION ALL (SELECT b.id FROM billing.bill b ORDER BY b.id LIMIT 1)
        UNION ALL (SELECT b.id FROM billing.bill b ORDER BY b.id DESC LIMIT 1)
    LOOP
        BEGIN
            PERFORM FROM billing.bill b WHERE b.id = bill FOR NO KEY UPDATE SKIP LOCKED;
            CONTINUE WHEN NOT FOUND;
            UPDATE billing.bill b SET paid_amount = b.paid_amount, status = b.status, version = b.version
            WHERE b.id = bill;
            UPDATE billing.payment p SET reversed_amount = p.reversed_amount
            WHERE p.id = (
                SELECT x.id FROM billing.payment x WHERE x.bill_id = bill ORDER BY x.id LIMIT 1
                FOR NO KEY UPDATE SKIP LOCKED);
            SET CONSTRAINTS ALL IMMEDIATE;
            RAISE EXCEPTION 'taken back' USING ERRCODE = 'RV000';
        EXCEPTION
            WHEN SQLSTATE 'RV000' THEN
                RETURN;
            WHEN OTHERS THEN
                refusal := SQLERRM;
                refused_as := SQLSTATE;
        END;
    END LOOP;

    IF refusal IS NOT NULL THEN
        RAISE EXCEPTION '%', refusal USING ERRCODE = refused_as;
    END IF;
END
$$;

-- Sessions that stand in the worker's way: those that hold a table of ours so that nobody can write to it,
-- and those for which a session of the worker waits at this moment. It runs as its owner, to whom roles.sql
-- lets PostgreSQL tell of other sessions; it tells none of their statements.
CREATE FUNCTION reversals.blockers()
RETURNS TABLE (pid integer, application text, signed_in_as text, state text, since timestamptz, holds text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT DISTINCT ON (a.pid)
        a.pid, a.application_name, a.usename::text, a.state, a.xact_start, found.holds
    FROM (
        SELECT l.pid, n.nspname || '.' || c.relname AS holds
        FROM pg_locks l
        JOIN pg_class c ON c.oid = l.relation
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE l.locktype = 'relation' AND l.granted
          AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND n.nspname IN ('billing', 'reversals') AND c.relkind IN ('r', 'p')
        UNION ALL
        SELECT blocker.pid, 'what a worker waits for'
        FROM pg_stat_activity w
        CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS blocker (pid)
        WHERE w.datname = current_database() AND w.application_name = 'reversal-worker'
          AND w.wait_event_type = 'Lock'
    ) AS found
    JOIN pg_stat_activity a ON a.pid = found.pid
    WHERE a.application_name IS DISTINCT FROM 'reversal-worker'
       OR a.xact_start < clock_timestamp() - interval '5 seconds'
    ORDER BY a.pid, found.holds
$$;

-- How each worker is doing, written by itself every two seconds. A row that grows old belongs to a worker
-- that died, or that cannot write any more.
CREATE TABLE reversals.worker_state (
    worker                   text PRIMARY KEY,
    at                       timestamptz NOT NULL,
    -- Taken from the two queues and neither acknowledged nor given back.
    unacknowledged           integer NOT NULL CHECK (unacknowledged >= 0),
    unacknowledged_dead      integer NOT NULL CHECK (unacknowledged_dead >= 0),
    -- Since when messages wait and none is committed; null: all is well.
    stalled_since            timestamptz,
    problem                  text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
