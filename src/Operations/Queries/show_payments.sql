-- The payments that are called so, and those of $2; with their bills, without the customers.
WITH RECURSIVE payer (id) AS (
    SELECT min(p.client_id) FROM billing.payment p
    UNION ALL
    SELECT (SELECT min(p.client_id) FROM billing.payment p WHERE p.client_id > o.id)
    FROM payer o WHERE o.id IS NOT NULL
), named AS (
    SELECT p.id FROM payer o
    JOIN billing.payment p ON p.client_id = o.id AND p.payment_ref = $1::text
    UNION
    SELECT p.id FROM payer o
    JOIN billing.payment p ON p.client_id = o.id AND p.reference_id = $1::text
    UNION
    SELECT w.id FROM unnest($2::bigint[]) AS w (id)
)
SELECT p.id, p.bill_id, p.client_id, p.payment_ref, p.reference_id, p.channel, p.amount, p.reversed_amount,
       least(greatest(p.paid_at, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07') AS paid_at,
       b.type AS bill_type, b.status AS bill_status, b.total_amount AS bill_total,
       b.paid_amount AS bill_paid, b.version AS bill_version
FROM named n
JOIN billing.payment p ON p.id = n.id
JOIN billing.bill b ON b.id = p.bill_id
ORDER BY p.id
LIMIT $3::int
