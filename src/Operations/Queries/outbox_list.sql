-- What waits longest first, of one kind or ($1 null) of both.
SELECT o.kind, o.id, o.event_id, o.bill_id, o.replayed, o.enqueued_at, o.attempts,
       o.lease_id IS NOT NULL AS is_leased,
       CASE WHEN o.held_until >= now() THEN o.held_until END AS held_until,
       e.client_id, e.reference_id, e.payment_ref, e.reason
FROM reversals.outbox o
LEFT JOIN reversals.event e ON e.event_id = o.event_id
WHERE $1::text IS NULL OR o.kind = $1::text
ORDER BY o.id
LIMIT $2::int
