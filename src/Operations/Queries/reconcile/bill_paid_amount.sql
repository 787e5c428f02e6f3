-- A bill's paid_amount is what its payments have left.
SELECT b.client_id, b.id AS bill_id,
       coalesce(p.left_over, 0)::text AS expected, b.paid_amount::text AS found, count(*) OVER () AS total
FROM billing.bill b
LEFT JOIN (
    SELECT p.bill_id, sum(p.amount - p.reversed_amount) AS left_over FROM billing.payment p GROUP BY p.bill_id
) AS p ON p.bill_id = b.id
WHERE b.paid_amount <> coalesce(p.left_over, 0)
ORDER BY b.id
LIMIT $1::int
