-- The oldest whose client is paused no longer, and nobody else's for the time that is given.
WITH next AS MATERIALIZED (
    SELECT k.id FROM reversals.parked k
    WHERE k.taken_until < now()
      AND NOT EXISTS (SELECT FROM reversals.pause p WHERE p.client_id IN (k.client_id, ''))
    ORDER BY k.id
    LIMIT $1::int
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE reversals.parked k SET taken_until = now() + $2::interval
FROM next WHERE k.id = next.id
RETURNING k.id, k.client_id, k.headers::text AS headers, k.body, k.sent_at, k.correlation_id, k.message_id,
          k.is_redelivered, k.received_at
