WITH named AS (
    SELECT q.id FROM reversals.quarantine q WHERE q.reference_id = $1::text
    UNION
    SELECT q.id FROM reversals.quarantine q WHERE q.payment_ref = $1::text
)
SELECT q.id, q.cause, q.detail, q.client_id, q.reference_id, q.payment_ref,
       coalesce(q.body_size, octet_length(q.body)) AS size, q.times, q.last_received_at, q.sent_at,
       q.received_at, q.resolution, q.resolved_at, q.resolved_by, q.resolution_note
FROM named n
JOIN reversals.quarantine q ON q.id = n.id
ORDER BY q.id
LIMIT $2::int
