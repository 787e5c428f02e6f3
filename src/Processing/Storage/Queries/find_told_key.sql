-- The events that said of a key, for good, that there is no such payment, after these requests were sent: who
-- asked again meanwhile was told so. Looked up one by one; IS TRUE keeps the index over times out of it.
SELECT w.client_id, w.message_hash, e.event_id AS told_event_id
FROM unnest($1::text[], $2::bytea[], $3::text[], $4::timestamptz[])
    AS w (client_id, message_hash, key, sent_at)
CROSS JOIN LATERAL (
    SELECT n.event_id FROM reversals.event n
    WHERE n.kind = 'payment.reversal.rejected' AND n.reference_id = w.key AND n.client_id = w.client_id
      AND n.reason = 'PAYMENT_NOT_FOUND' AND n.message_hash IS NOT NULL
      AND (n.occurred_at > w.sent_at + $5::interval) IS TRUE
    ORDER BY n.event_id DESC
    LIMIT 1
) AS e
