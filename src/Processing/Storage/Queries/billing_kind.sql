-- Whether bill or payment is no table, plain or partitioned, but a view of the biller's: its rows have no
-- place.
SELECT coalesce(bool_or(c.relkind NOT IN ('r', 'p')), false)
FROM pg_class c
WHERE c.oid IN (to_regclass('billing.bill'), to_regclass('billing.payment'))
