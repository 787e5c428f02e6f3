-- What of these events still waits to be published.
SELECT o.kind, o.id, o.event_id, o.bill_id, o.replayed, o.enqueued_at, o.attempts,
       o.lease_id IS NOT NULL AS is_leased,
       CASE WHEN o.held_until >= now() THEN o.held_until END AS held_until
FROM reversals.outbox o
WHERE o.event_id = ANY ($1::uuid[])
ORDER BY o.id
