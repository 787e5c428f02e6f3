-- The answers $2, and what was refused under this name.
WITH named AS (
    SELECT w.id FROM unnest($2::uuid[]) AS w (id)
    UNION
    SELECT e.event_id FROM reversals.event e
    WHERE e.kind = 'payment.reversal.rejected' AND e.reference_id = $1::text
    UNION
    SELECT e.event_id FROM reversals.event e
    WHERE e.kind = 'payment.reversal.rejected' AND e.reference_id = 'payment_ref:' || $1::text
    UNION
    SELECT e.event_id FROM reversals.event e
    WHERE e.kind = 'payment.reversal.rejected' AND e.payment_ref = $1::text
)
SELECT e.event_id, e.kind, e.client_id, e.reference_id, e.payment_ref, e.rc, e.reason, e.occurred_at, e.body,
       e.anonymised_at
FROM named n
JOIN reversals.event e ON e.event_id = n.id
ORDER BY e.occurred_at, e.event_id
LIMIT $3::int
