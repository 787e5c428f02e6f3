-- What subscribers were told is what was taken. The body is the worker's own JSON.
SELECT r.client_id, r.bill_id, r.payment_id, r.reference_id, r.event_id,
       r.amount::text AS expected, coalesce(told.amount, 'no amount') AS found, count(*) OVER () AS total
FROM reversals.reversal r
JOIN reversals.event e ON e.event_id = r.event_id
CROSS JOIN LATERAL (
    SELECT convert_from(e.body, 'UTF8')::json ->> 'amount' AS amount OFFSET 0
) AS told
WHERE e.kind = 'payment.reversal' AND (told.amount::numeric = r.amount) IS NOT TRUE
ORDER BY r.client_id, r.reference_id
LIMIT $1::int
