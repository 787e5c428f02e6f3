-- Each reversal has its PaymentReversed.
SELECT r.client_id, r.bill_id, r.payment_id, r.reference_id, r.event_id,
       'an event payment.reversal of this client and reference_id' AS expected,
       CASE WHEN e.event_id IS NULL THEN 'no such event'
           ELSE format('%s of client %s, reference_id %s', e.kind, e.client_id, e.reference_id)
       END AS found,
       count(*) OVER () AS total
FROM reversals.reversal r
LEFT JOIN reversals.event e ON e.event_id = r.event_id
WHERE e.event_id IS NULL OR e.kind <> 'payment.reversal' OR e.client_id <> r.client_id
   OR e.reference_id IS DISTINCT FROM r.reference_id
ORDER BY r.client_id, r.reference_id
LIMIT $1::int
