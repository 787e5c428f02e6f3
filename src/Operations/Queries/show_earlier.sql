-- What was applied before these rejections: to the payment that is called so ($1 client, $2 payment_ref), and
-- under the same key ($3 reference_id).
WITH rejected AS (
    SELECT DISTINCT x.client_id, x.payment_ref, x.reference_id
    FROM unnest($1::text[], $2::text[], $3::text[]) AS x (client_id, payment_ref, reference_id)
)
SELECT r.client_id, r.reference_id, r.amount, r.reversed_at, p.payment_ref
FROM rejected x
JOIN billing.payment p ON p.client_id = x.client_id AND p.payment_ref = x.payment_ref
JOIN reversals.reversal r ON r.payment_id = p.id
UNION
SELECT r.client_id, r.reference_id, r.amount, r.reversed_at, p.payment_ref
FROM rejected x
JOIN reversals.reversal r ON r.client_id = x.client_id AND r.reference_id = x.reference_id
LEFT JOIN billing.payment p ON p.id = r.payment_id
ORDER BY reversed_at, reference_id
LIMIT $4::int
