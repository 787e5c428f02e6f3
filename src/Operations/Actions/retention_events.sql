-- The next portion of old events that still say something about a customer, oldest first, from behind the
-- last one ($2, $3). What waits in the outbox is not published yet and keeps its bytes.
SELECT e.event_id, e.body, e.occurred_at
FROM reversals.event e
WHERE e.occurred_at < $1::timestamptz
  AND ($2::timestamptz IS NULL OR e.occurred_at >= $2::timestamptz)
  AND ($2::timestamptz IS NULL OR (e.occurred_at, e.event_id) > ($2::timestamptz, $3::uuid))
  AND e.anonymised_at IS NULL
  AND NOT EXISTS (SELECT FROM reversals.outbox o WHERE o.event_id = e.event_id)
ORDER BY e.occurred_at, e.event_id
LIMIT $4::int
FOR NO KEY UPDATE OF e SKIP LOCKED
