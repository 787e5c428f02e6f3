-- Marks whatever is open and fits; nothing of it is read. What is kept of a paused client is signed and waits
-- for its resume: it is meant only by its cause or its id.
UPDATE reversals.quarantine q
SET resolution = 'discarded', resolved_at = now(), resolved_by = $5::text, resolution_note = $6::text
WHERE q.resolution IS NULL
  AND ($1::text IS NULL OR q.cause = $1::text)
  AND ($2::timestamptz IS NULL OR q.received_at >= $2::timestamptz)
  AND ($3::text IS NULL OR q.client_id = $3::text)
  AND ($4::bigint[] IS NULL OR q.id = ANY ($4::bigint[]))
  AND (q.cause <> 'PAUSED' OR $1::text = 'PAUSED' OR $4::bigint[] IS NOT NULL)
