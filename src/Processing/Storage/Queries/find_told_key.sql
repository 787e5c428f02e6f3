-- The events that said of a key, for good, that there is no such payment, after these requests were sent: who
-- asked again meanwhile was told so. Looked up one by one; OFFSET 0, coalesce and
-- IS TRUE keep the other indexes out of the question.
SELECT w.client_id, w.message_hash, e.event_id AS told_event_id
FROM unnest($1::text[], $2::bytea[], $3::text[], $4::timestamptz[])
    AS w (client_id, message_hash, key, sent_at)
CROSS JOIN LATERAL (
    SELECT n.event_id FROM (
        SELECT r.event_id FROM reversals.event r
        WHERE r.kind = 'payment.reversal.rejected' AND r.reference_id = w.key AND r.client_id = w.client_id
          AND r.reason = 'PAYMENT_NOT_FOUND' AND coalesce(octet_length(r.message_hash), 0) > 0
          AND (r.occurred_at > w.sent_at + $5::interval) IS TRUE
        OFFSET 0
    ) AS n
    ORDER BY n.event_id DESC
    LIMIT 1
) AS e
