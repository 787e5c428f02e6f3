-- Functions that are bound to a former billing.bill or billing.payment, which somebody has replaced by a new
-- table (to partition it, for instance). Returns the statements that bind them to the tables of today.
SELECT DISTINCT replace(
    pg_get_functiondef(p.oid), c.oid::regclass::text,
    CASE WHEN EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'payment_ref')
    THEN 'billing.payment' ELSE 'billing.bill' END)
FROM pg_depend d
JOIN pg_proc p ON p.oid = d.objid
JOIN pg_class c ON c.oid = d.refobjid
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
  AND p.pronamespace = 'reversals'::regnamespace AND c.relnamespace <> 'reversals'::regnamespace
  AND c.relkind IN ('r', 'p', 'v') AND c.relnamespace <> 'pg_catalog'::regnamespace
  AND c.oid NOT IN (to_regclass('billing.bill'), to_regclass('billing.payment'))
