-- No bill is paid less than nothing.
SELECT b.client_id, b.id AS bill_id,
       'at least 0' AS expected, b.paid_amount::text AS found, count(*) OVER () AS total
FROM billing.bill b
WHERE NOT (b.paid_amount >= 0 AND b.paid_amount < 1e16)
ORDER BY b.id
LIMIT $1::int
