-- A reversal took from a payment that is there, of its client and of its bill.
SELECT r.client_id, r.bill_id, r.payment_id, r.reference_id, r.event_id,
       format('a payment of client %s on bill %s', r.client_id, r.bill_id) AS expected,
       CASE
           WHEN p.id IS NULL THEN 'no such payment'
           WHEN b.id IS NULL THEN 'no such bill'
           ELSE format('client %s, bill %s of client %s', p.client_id, p.bill_id, b.client_id)
       END AS found,
       count(*) OVER () AS total
FROM reversals.reversal r
LEFT JOIN billing.payment p ON p.id = r.payment_id
LEFT JOIN billing.bill b ON b.id = r.bill_id
WHERE p.id IS NULL OR b.id IS NULL
   OR p.bill_id <> r.bill_id OR p.client_id <> r.client_id OR b.client_id <> r.client_id
ORDER BY r.client_id, r.reference_id
LIMIT $1::int
