-- A payment's reversed_amount is what its reversals took.
SELECT p.client_id, p.bill_id, p.id AS payment_id, p.payment_ref AS reference_id,
       coalesce(r.taken, 0)::text AS expected, p.reversed_amount::text AS found, count(*) OVER () AS total
FROM billing.payment p
LEFT JOIN (
    SELECT r.payment_id, sum(r.amount) AS taken FROM reversals.reversal r GROUP BY r.payment_id
) AS r ON r.payment_id = p.id
WHERE p.reversed_amount <> coalesce(r.taken, 0)
ORDER BY p.id
LIMIT $1::int
