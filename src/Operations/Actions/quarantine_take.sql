-- Open messages in the order of arrival, from above $5 up to $7, and nobody else's until this commit ends:
-- ids, or whatever the filters leave; what is kept of a paused client only by its cause or its id.
SELECT q.id, q.cause, q.client_id, q.signature, q.headers::text AS headers, q.body, q.body_size,
       q.sent_at, q.received_at, q.correlation_id, q.message_id
FROM reversals.quarantine q
WHERE q.resolution IS NULL
  AND ($1::text IS NULL OR q.cause = $1::text)
  AND ($2::timestamptz IS NULL OR q.received_at >= $2::timestamptz)
  AND ($3::text IS NULL OR q.client_id = $3::text)
  AND ($4::bigint[] IS NULL OR q.id = ANY ($4::bigint[]))
  AND (q.cause <> 'PAUSED' OR $1::text = 'PAUSED' OR $4::bigint[] IS NOT NULL)
  AND q.id > $5::bigint AND q.id <= $7::bigint
ORDER BY q.id
LIMIT $6::int
FOR UPDATE SKIP LOCKED
