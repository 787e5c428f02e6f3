-- Newest first, from below $5 on. Null filters nothing; $4: those too that somebody dealt with.
SELECT q.id, q.cause, q.detail, q.client_id, q.reference_id, q.payment_ref,
       coalesce(q.body_size, octet_length(q.body)) AS size, q.times, q.last_received_at, q.sent_at,
       q.received_at, q.resolution, q.resolved_at, q.resolved_by, q.resolution_note
FROM reversals.quarantine q
WHERE ($1::text IS NULL OR q.cause = $1::text)
  AND ($2::timestamptz IS NULL OR q.received_at >= $2::timestamptz)
  AND ($3::text IS NULL OR q.client_id = $3::text)
  AND ($4::boolean OR q.resolution IS NULL)
  AND ($5::bigint IS NULL OR q.id < $5::bigint)
ORDER BY q.id DESC
LIMIT $6::int
