-- Functions whose names were bound when they were made, and that read a table which billing.bill or
-- billing.payment was until somebody made it anew, to partition it for instance; as they have to be made.
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
  AND c.relkind IN ('r', 'p')
  AND c.oid NOT IN (to_regclass('billing.bill'), to_regclass('billing.payment'))
