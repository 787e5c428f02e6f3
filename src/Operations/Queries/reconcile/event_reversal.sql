-- Each PaymentReversed has exactly one reversal.
SELECT e.client_id, e.reference_id, e.event_id,
       '1 reversal' AS expected, coalesce(r.reversals, 0) || ' reversals' AS found, count(*) OVER () AS total
FROM reversals.event e
LEFT JOIN (
    SELECT r.event_id, count(*) AS reversals FROM reversals.reversal r GROUP BY r.event_id
) AS r ON r.event_id = e.event_id
WHERE e.kind = 'payment.reversal' AND coalesce(r.reversals, 0) <> 1
ORDER BY e.event_id
LIMIT $1::int
