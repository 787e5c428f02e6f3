-- How many messages are open and fit, and the highest id among them. What comes later is not meant.
-- What is kept of a paused client is meant only by its cause or its id.
SELECT count(*) AS count, coalesce(max(q.id), 0) AS highest
FROM reversals.quarantine q
WHERE q.resolution IS NULL
  AND ($1::text IS NULL OR q.cause = $1::text)
  AND ($2::timestamptz IS NULL OR q.received_at >= $2::timestamptz)
  AND ($3::text IS NULL OR q.client_id = $3::text)
  AND ($4::bigint[] IS NULL OR q.id = ANY ($4::bigint[]))
  AND (q.cause <> 'PAUSED' OR $1::text = 'PAUSED' OR $4::bigint[] IS NOT NULL)
