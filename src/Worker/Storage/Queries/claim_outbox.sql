-- Oldest first. A row whose bill has an older row that is held (leased, or resting after a failure) stays
-- behind it, so that the order within a bill holds across workers and failures.
WITH claimed AS MATERIALIZED (
    SELECT o.id
    FROM reversals.outbox o
    WHERE o.kind = $1::text
      AND o.held_until < now()
      AND (o.bill_id IS NULL OR NOT EXISTS (
          SELECT 1 FROM reversals.outbox h
          WHERE h.bill_id = o.bill_id AND h.kind = o.kind AND h.id < o.id AND h.held_until >= now()))
    ORDER BY o.id
    LIMIT $2::int
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE reversals.outbox o
    SET held_until = now() + $3::interval, lease_id = $4::uuid, attempts = o.attempts + 1
    FROM claimed c
    WHERE o.kind = $1::text AND o.id = c.id
    RETURNING o.id, o.event_id, o.bill_id, o.replayed
)
SELECT l.id, l.event_id, l.bill_id, l.replayed, e.client_id, e.body, e.trace_parent
FROM leased l
JOIN reversals.event e ON e.event_id = l.event_id
ORDER BY l.id
