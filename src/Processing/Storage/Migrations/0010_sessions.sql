-- What the schema does must not depend on the settings of whoever runs it, now or while it was made.

-- A function of another schema with a better fitting type would run with the worker's rights. What is BEGIN
-- ATOMIC found all it calls when it was made.
DO $functions$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT p.oid::pg_catalog.regprocedure AS name FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = 'reversals'::pg_catalog.regnamespace AND p.prosqlbody IS NULL
    LOOP
        EXECUTE pg_catalog.format('ALTER ROUTINE %s SET search_path = pg_catalog', one.name);
    END LOOP;
END
$functions$;

-- Made while standard_conforming_strings was off, the expressions of 0004 lost half of their backslashes: no
-- regular expression was left of them, and no message could be kept. So there are no rows either.
DO $repair$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_attrdef d
        WHERE d.adrelid = 'reversals.quarantine'::pg_catalog.regclass
          AND pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '_id"s*:s*"') > 0)
    THEN
        ALTER TABLE reversals.quarantine DROP COLUMN reference_id, DROP COLUMN payment_ref;
        ALTER TABLE reversals.quarantine
            ADD COLUMN reference_id text GENERATED ALWAYS AS (btrim(substring(
                replace(encode(substring(body FROM 1 FOR 8192), 'escape'), E'\\\\/', '/')
                FROM E'"reference_id"\\s*:\\s*"([^"\\\\]{1,80})"'))) STORED,
            ADD COLUMN payment_ref text GENERATED ALWAYS AS (btrim(substring(
                replace(encode(substring(body FROM 1 FOR 8192), 'escape'), E'\\\\/', '/')
                FROM E'"payment_ref"\\s*:\\s*"([^"\\\\]{1,80})"'))) STORED;
        CREATE INDEX quarantine_by_reference_id ON reversals.quarantine (reference_id)
            WHERE reference_id IS NOT NULL;
        CREATE INDEX quarantine_by_payment_ref ON reversals.quarantine (payment_ref)
            WHERE payment_ref IS NOT NULL;
    END IF;
END
$repair$;
