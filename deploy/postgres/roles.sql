-- Who may do what in the database: this and nothing else. To be run by a superuser on the worker's database after
-- each migrate, from the same release; running it again changes nothing.
--
--   psql -v ON_ERROR_STOP=1 -d reversal -f deploy/postgres/roles.sql
--
-- A new role cannot sign in before it has a password: psql's \password reversal_worker sets one.
--
--   reversal_owner     owns both schemas; migrate runs as it
--   reversal_worker    the running worker: what its statements (src/Processing/Storage/Queries) need
--   reversal_operator  people on duty, and the verbs and the page they use: they see all of reversals and the
--                      amounts in billing, and can put events and quarantined messages back on their way
--   reversal_retention retention run: takes customers out of old bodies, and no more
--   reversal_reader    reports: nobody's name or address, no account number, no body
--   reversal_biller    the biller's program: puts bills and records payments, by two functions, and no more
--
-- Rights of other roles, such as a biller's own, are not touched here.

BEGIN;

-- Nothing that another role has put into a schema is called by the superuser.
SET LOCAL search_path = pg_catalog;

DO $$
DECLARE
    who text;
BEGIN
    FOREACH who IN ARRAY ARRAY[
        'reversal_owner', 'reversal_worker', 'reversal_operator', 'reversal_retention', 'reversal_reader',
        'reversal_biller']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', who);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), who);
    END LOOP;

    -- A migration may make a schema.
    EXECUTE format('GRANT CREATE ON DATABASE %I TO reversal_owner', current_database());

    -- What everybody may do, no role can be kept from doing.
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Whoever ran the first migrate, the owner owns what it made: all of reversals, and of billing what has its mark
-- or its name and is a superuser's or of whoever owns reversals. A biller could set the mark as well.
-- Views and tables of the biller's own stay the biller's, or they would lose their rights to what is behind
-- them. Only what is not the owner's yet: each of these waits for the workers.
DO $$
DECLARE
    change text;
    makers oid[] := ARRAY(
        SELECT oid FROM pg_roles WHERE rolsuper
        UNION SELECT nspowner FROM pg_namespace WHERE nspname = 'reversals');
BEGIN
    FOR change IN
        SELECT format('ALTER SCHEMA %I OWNER TO reversal_owner', nspname) FROM pg_namespace
        WHERE nspowner <> 'reversal_owner'::regrole AND (nspname = 'reversals' OR nspname = 'billing'
            AND nspowner = ANY (makers) AND obj_description(oid, 'pg_namespace') = 'Made by reversal-worker migrate')
        UNION ALL
        SELECT format('ALTER TABLE %s OWNER TO reversal_owner', oid::regclass) FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm') AND relowner <> 'reversal_owner'::regrole
          AND (relnamespace = 'reversals'::regnamespace OR relnamespace = 'billing'::regnamespace
            AND relowner = ANY (makers) AND obj_description(oid, 'pg_class') = 'Made by reversal-worker migrate')
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO reversal_owner', oid::regprocedure) FROM pg_proc
        WHERE proowner <> 'reversal_owner'::regrole
          AND (pronamespace = 'reversals'::regnamespace OR pronamespace = 'billing'::regnamespace
            AND proowner = ANY (makers) AND proname IN ('expect', 'status_of', 'put_bill', 'record_payment'))
    LOOP
        EXECUTE change;
    END LOOP;
END
$$;

-- Begin with nothing: a right that is taken out of this file is gone after the next run. What everybody may do
-- with relations of the biller's own, the biller says.
REVOKE ALL ON SCHEMA billing, reversals
    FROM PUBLIC, reversal_worker, reversal_operator, reversal_retention, reversal_reader, reversal_biller;
REVOKE ALL ON ALL TABLES IN SCHEMA billing, reversals
    FROM reversal_worker, reversal_operator, reversal_retention, reversal_reader, reversal_biller;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA billing, reversals
    FROM reversal_worker, reversal_operator, reversal_retention, reversal_reader, reversal_biller;
REVOKE ALL ON ALL ROUTINES IN SCHEMA billing, reversals
    FROM reversal_worker, reversal_operator, reversal_retention, reversal_reader, reversal_biller;
REVOKE ALL ON ALL TABLES IN SCHEMA reversals FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA reversals FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA reversals FROM PUBLIC;
DO $$
DECLARE
    made regclass;
BEGIN
    FOR made IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'billing'::regnamespace AND relowner = 'reversal_owner'::regrole
          AND relkind IN ('r', 'p', 'S')
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', made);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA billing TO reversal_worker, reversal_operator, reversal_reader, reversal_biller;
GRANT USAGE ON SCHEMA reversals TO reversal_worker, reversal_operator, reversal_retention, reversal_reader;

-- The worker. To lock a row it needs the right to change some column of it. Rows that are for ever it can add,
-- and neither change nor delete; of the quarantine it may read only whose it is, why and whether somebody saw to
-- it, to count, and which message it is, to count its copies.
GRANT SELECT, UPDATE (paid_amount, status, version) ON billing.bill TO reversal_worker;
GRANT SELECT, UPDATE (reversed_amount) ON billing.payment TO reversal_worker;
GRANT SELECT, INSERT ON reversals.reversal, reversals.event TO reversal_worker;
GRANT SELECT, INSERT, UPDATE (held_until, lease_id, attempts), DELETE ON reversals.outbox TO reversal_worker;
GRANT INSERT, SELECT (cause, resolution, client, fingerprint, times, received_at, last_received_at),
      UPDATE (times, last_received_at) ON reversals.quarantine TO reversal_worker;
GRANT SELECT, INSERT, UPDATE (count, bytes, last_at) ON reversals.quarantine_dropped TO reversal_worker;
GRANT SELECT ON reversals.schema_version TO reversal_worker;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA reversals TO reversal_worker;

-- reversals.blockers() runs as its owner, and tells of other sessions who they are and what they hold.
GRANT pg_read_all_stats TO reversal_owner;

-- People on duty. What stands in the quarantine and in the events holds customer data. What they did they can
-- add, and neither change nor delete; when it was, and who had signed in, the database says itself.
GRANT SELECT ON ALL TABLES IN SCHEMA reversals TO reversal_operator;
GRANT INSERT (kind, event_id, bill_id, replayed, correlation_id), UPDATE (held_until, lease_id)
    ON reversals.outbox TO reversal_operator;
GRANT UPDATE (resolution, resolved_at, resolved_by, resolution_note)
    ON reversals.quarantine TO reversal_operator;
GRANT INSERT (operator, verb, target, note, count) ON reversals.operator_action TO reversal_operator;
GRANT SELECT (id, client_id, type, total_amount, paid_amount, status, version)
    ON billing.bill TO reversal_operator;
GRANT SELECT (id, bill_id, client_id, payment_ref, reference_id, channel, amount, reversed_amount, paid_at)
    ON billing.payment TO reversal_operator;

-- Who takes customers out of old bodies sees these bodies, and changes nothing else.
GRANT INSERT (operator, verb, target, note, count) ON reversals.operator_action TO reversal_retention;
GRANT SELECT (event_id) ON reversals.outbox TO reversal_retention;

-- Reports.
GRANT SELECT (id, client_id, invoice_number, type, total_amount, billed_amount, paid_amount, status,
              valid_until, created_at, version) ON billing.bill TO reversal_reader;
GRANT SELECT (id, bill_id, client_id, payment_ref, reference_id, channel, amount, reversed_amount, paid_at)
    ON billing.payment TO reversal_reader;
GRANT SELECT ON reversals.reversal, reversals.outbox, reversals.operator_action, reversals.schema_version
    TO reversal_reader;
GRANT SELECT (event_id, kind, client_id, reference_id, payment_ref, rc, reason, trace_parent, occurred_at)
    ON reversals.event TO reversal_reader;
GRANT SELECT (id, cause, detail, sent_at, received_at, resolution, resolved_at)
    ON reversals.quarantine TO reversal_reader;

DO $$
BEGIN
    IF to_regclass('reversals.pending') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE (pending_until, sent_at, correlation_id, message_hash), DELETE
            ON reversals.pending TO reversal_worker;
        GRANT SELECT (id, client_id, key, payment_ref, reference_id, amount, channel, sent_at, pending_until)
            ON reversals.pending TO reversal_reader;
    END IF;
    IF to_regclass('reversals.worker_state') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE (at, unacknowledged, unacknowledged_dead, stalled_since, problem,
            settings_mark, settings_since, settings_problem, pauses), DELETE
            ON reversals.worker_state TO reversal_worker;
        GRANT EXECUTE ON FUNCTION reversals.blockers() TO reversal_operator;
    END IF;
    IF to_regproc('reversals.oldest_transaction') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION reversals.oldest_transaction() TO reversal_operator;
    END IF;
    IF to_regclass('reversals.pause') IS NOT NULL THEN
        GRANT SELECT ON reversals.pause TO reversal_worker;
        GRANT INSERT (client_id, operator, note), DELETE ON reversals.pause TO reversal_operator;
    END IF;
    -- A preview reads the bills and payments of its requests by two functions that run as their owner, whose
    -- tables they may not be.
    IF to_regproc('reversals.preview_bills') IS NOT NULL THEN
        GRANT SELECT ON billing.bill, billing.payment TO reversal_owner;
        GRANT EXECUTE ON FUNCTION reversals.preview_bills, reversals.preview_payments TO reversal_operator;
    END IF;
    IF to_regproc('billing.put_bill') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION billing.put_bill, billing.record_payment TO reversal_biller;
    END IF;
    IF EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = 'reversals.event'::regclass AND attname = 'anonymised_at') THEN
        GRANT SELECT (event_id, occurred_at, body, anonymised_at), UPDATE (body, anonymised_at)
            ON reversals.event TO reversal_retention;
        GRANT SELECT (id, client, client_id, reference_id, payment_ref, body, received_at, resolution, resolved_at,
                      anonymised_at),
              UPDATE (body, headers, signature, client_id, anonymised_at)
            ON reversals.quarantine TO reversal_retention;
    END IF;
    -- The operator page adds a key for its forms every three months.
    IF to_regclass('reversals.page_key') IS NOT NULL THEN
        GRANT INSERT (name, xml) ON reversals.page_key TO reversal_operator;
    END IF;
END
$$;

-- What later migrations make, until this file is run again: the worker may read and add, never change or delete.
ALTER DEFAULT PRIVILEGES FOR ROLE reversal_owner REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE reversal_owner IN SCHEMA reversals
    GRANT SELECT, INSERT ON TABLES TO reversal_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE reversal_owner IN SCHEMA reversals
    GRANT EXECUTE ON ROUTINES TO reversal_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE reversal_owner IN SCHEMA reversals
    GRANT SELECT ON TABLES TO reversal_operator;

COMMIT;
