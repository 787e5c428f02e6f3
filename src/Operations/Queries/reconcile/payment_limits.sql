-- No payment gives back more than it was, and no amount is below 0 or no number.
SELECT p.client_id, p.bill_id, p.id AS payment_id, p.payment_ref AS reference_id,
       '0 to ' || p.amount AS expected, p.reversed_amount::text AS found, count(*) OVER () AS total
FROM billing.payment p
WHERE NOT (p.amount > 0 AND p.amount < 1e16 AND p.reversed_amount BETWEEN 0 AND p.amount)
ORDER BY p.id
LIMIT $1::int
