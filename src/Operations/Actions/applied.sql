-- Which of these requests were applied, and under what event. Under a key that was derived only since the
-- message was received: before, the same request may have meant another payment.
SELECT w.place, r.event_id
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[])
    WITH ORDINALITY AS w (client_id, reference_id, request_hash, received_at, place)
CROSS JOIN LATERAL (
    SELECT r.event_id FROM reversals.reversal r
    WHERE r.client_id = w.client_id AND r.reference_id = w.reference_id AND r.request_hash = w.request_hash
      AND (r.key_payment_id <= 0 OR r.reversed_at >= w.received_at)
    ORDER BY r.reversed_at DESC
    LIMIT 1
) AS r
