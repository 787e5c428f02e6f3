INSERT INTO reversals.parked
    (client_id, headers, body, sent_at, correlation_id, message_id, is_redelivered, received_at)
SELECT w.client_id, w.headers::jsonb, w.body, w.sent_at, w.correlation_id, w.message_id, w.is_redelivered,
       w.received_at
FROM unnest(
        $1::text[], $2::text[], $3::bytea[], $4::timestamptz[], $5::text[], $6::text[], $7::boolean[],
        $8::timestamptz[])
    AS w (client_id, headers, body, sent_at, correlation_id, message_id, is_redelivered, received_at)
