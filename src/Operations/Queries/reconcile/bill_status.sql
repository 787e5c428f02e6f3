-- A bill that had a reversal says so in its status: what is covered is paid, what is not covered is not, and
-- reversal means that nothing is paid. Void stays void; open bills are never covered.
SELECT b.client_id, b.id AS bill_id,
       CASE
           WHEN b.status = 'reversal' AND b.paid_amount > 0 THEN 'reversal only with paid_amount 0'
           WHEN b.paid_amount < b.total_amount THEN 'active, expired or reversal'
           ELSE 'paid'
       END AS expected,
       format('%s with %s of %s paid', b.status, b.paid_amount, b.total_amount) AS found,
       count(*) OVER () AS total
FROM billing.bill b
WHERE b.status <> 'void'
  AND b.id IN (SELECT r.bill_id FROM reversals.reversal r)
  AND ((b.status = 'reversal' AND b.paid_amount > 0)
      OR (b.type <> 'open' AND (b.status = 'paid') <> (b.paid_amount >= b.total_amount)))
ORDER BY b.id
LIMIT $1::int
