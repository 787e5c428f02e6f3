-- Applied under this key, or taken from a payment that is called so. Clients are few: their names are read by
-- jumping from one to the next in the index.
WITH RECURSIVE owner (id) AS (
    SELECT min(r.client_id) FROM reversals.reversal r
    UNION ALL
    SELECT (SELECT min(r.client_id) FROM reversals.reversal r WHERE r.client_id > o.id)
    FROM owner o WHERE o.id IS NOT NULL
), payer (id) AS (
    SELECT min(p.client_id) FROM billing.payment p
    UNION ALL
    SELECT (SELECT min(p.client_id) FROM billing.payment p WHERE p.client_id > o.id)
    FROM payer o WHERE o.id IS NOT NULL
)
SELECT r.client_id, r.reference_id, r.payment_id, r.bill_id, r.amount, r.event_id, r.reversed_at
FROM owner o
JOIN reversals.reversal r ON r.client_id = o.id
    AND r.reference_id = ANY (ARRAY[$1::text, 'payment_ref:' || $1::text])
UNION
SELECT r.client_id, r.reference_id, r.payment_id, r.bill_id, r.amount, r.event_id, r.reversed_at
FROM payer o
JOIN billing.payment p ON p.client_id = o.id AND p.payment_ref = $1::text
JOIN reversals.reversal r ON r.payment_id = p.id
UNION
SELECT r.client_id, r.reference_id, r.payment_id, r.bill_id, r.amount, r.event_id, r.reversed_at
FROM payer o
JOIN billing.payment p ON p.client_id = o.id AND p.reference_id = $1::text
JOIN reversals.reversal r ON r.payment_id = p.id
ORDER BY reversed_at, event_id
LIMIT $2::int
