-- When a pending request comes again, its time starts anew and it may mean what was paid until then; its last
-- answer goes to whoever sent it last.
INSERT INTO reversals.pending AS q
    (client_id, key, request_hash, payment_ref, reference_id, amount, va_number, prefix, channel,
     trace_parent, correlation_id, sent_at, pending_until, received_at, message_hash)
SELECT w.client_id, w.key, w.request_hash, w.payment_ref, w.reference_id, w.amount, w.va_number, w.prefix,
       w.channel, w.trace_parent, w.correlation_id, w.sent_at, w.pending_until, w.received_at,
       w.message_hash
FROM unnest(
        $1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::numeric[],
        $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[],
        $13::timestamptz[], $14::timestamptz[], $15::bytea[])
    WITH ORDINALITY
    AS w (client_id, key, request_hash, payment_ref, reference_id, amount, va_number, prefix, channel,
          trace_parent, correlation_id, sent_at, pending_until, received_at, message_hash, place)
ORDER BY w.place
ON CONFLICT (client_id, key, request_hash) DO UPDATE
SET pending_until = EXCLUDED.pending_until, correlation_id = EXCLUDED.correlation_id,
    message_hash = EXCLUDED.message_hash,
    sent_at = greatest(q.sent_at, EXCLUDED.sent_at)
