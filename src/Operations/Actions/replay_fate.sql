-- What the workers have done with messages that were sent to them again: a cause for each that is
-- quarantined once more, in a row above $3, and null for each that was decided: it was applied, refused for
-- good, or waits for its payment. A message is quarantined under one of several fingerprints ($1).
SELECT w.place, q.cause
FROM unnest($1::bytea[], $2::bigint[]) AS w (fingerprint, place)
CROSS JOIN LATERAL (
    SELECT n.cause FROM reversals.quarantine n
    WHERE (CASE WHEN n.resolution IS NULL THEN n.fingerprint END) = w.fingerprint AND n.id > $3::bigint
    OFFSET 0
) AS q
UNION ALL
SELECT w.place, NULL
FROM unnest($4::bigint[], $5::text[], $6::text[], $7::bytea[], $8::bytea[], $9::timestamptz[], $10::text[])
    AS w (place, client_id, key, request_hash, message_hash, received_at, told_key)
WHERE EXISTS (
    SELECT FROM reversals.reversal r
    WHERE r.client_id = w.client_id AND r.reference_id = w.key AND r.request_hash = w.request_hash
      AND (r.key_payment_id <= 0 OR r.reversed_at >= w.received_at)
    OFFSET 0)
  OR EXISTS (
    SELECT FROM reversals.event e
    WHERE e.message_hash = w.message_hash AND e.client_id = w.client_id
    OFFSET 0)
  OR EXISTS (
    SELECT FROM reversals.pending p
    WHERE p.client_id = w.client_id AND p.key = w.key AND p.request_hash = w.request_hash
    OFFSET 0)
  OR EXISTS (
    SELECT FROM reversals.event e
    WHERE e.kind = 'payment.reversal.rejected' AND e.reference_id = w.told_key AND e.client_id = w.client_id
      AND e.reason = 'PAYMENT_NOT_FOUND'
    OFFSET 0)
