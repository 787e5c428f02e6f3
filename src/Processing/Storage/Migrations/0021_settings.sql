-- Which clients and keys each worker has in force, and why not those that its files say now: to be seen
-- before a client signs with a new key. Where the settings are the same, so is the mark. A worker of before
-- leaves these empty.
ALTER TABLE reversals.worker_state
    ADD COLUMN settings_mark text,
    ADD COLUMN settings_since timestamptz,
    ADD COLUMN settings_problem text;

-- The worker needs these rights at once.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reversal_worker') THEN
        GRANT UPDATE (settings_mark, settings_since, settings_problem) ON reversals.worker_state
            TO reversal_worker;
    END IF;
END
$$;
