-- An unresolved row stands for every copy of its message. Written in the order of the fingerprints, so that
-- two workers never wait for each other in a circle; those of a paused client in the order of
-- their arrival, in which they are sent again: there two workers with the same copies may meet, and the one
-- that PostgreSQL ends tries again. Returns for each row whether it is a new one that takes room.
INSERT INTO reversals.quarantine AS q (
    cause, detail, client_id, signature, headers, body, sent_at, received_at,
    client, fingerprint, body_size, body_sha256, times, last_received_at,
    correlation_id, message_id)
SELECT w.cause, w.detail, w.client_id, w.signature, w.headers::jsonb, w.body, w.sent_at, w.received_at,
       w.client, w.fingerprint, w.body_size, w.body_sha256, w.times, w.received_at,
       w.correlation_id, w.message_id
FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
        $6::bytea[], $7::timestamptz[], $8::timestamptz[],
        $9::text[], $10::bytea[], $11::bigint[], $12::bytea[], $13::bigint[], $14::text[],
        $15::text[])
    AS w (cause, detail, client_id, signature, headers, body, sent_at, received_at,
          client, fingerprint, body_size, body_sha256, times,
          correlation_id, message_id)
ORDER BY CASE WHEN w.cause = 'PAUSED' THEN w.received_at END, w.fingerprint
ON CONFLICT ((CASE WHEN resolution IS NULL THEN fingerprint END)) DO UPDATE
    SET times = q.times + excluded.times, last_received_at = excluded.last_received_at
RETURNING q.client, q.received_at = q.last_received_at AND q.cause <> 'PAUSED'
