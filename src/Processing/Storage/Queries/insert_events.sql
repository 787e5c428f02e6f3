INSERT INTO reversals.event
    (event_id, kind, client_id, reference_id, payment_ref, rc, reason, body, trace_parent, correlation_id,
     message_hash, occurred_at)
SELECT w.event_id, w.kind, w.client_id, w.reference_id, w.payment_ref, w.rc, w.reason, w.body, w.trace_parent,
       w.correlation_id, w.message_hash, $10::timestamptz
FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
        $6::text[], $7::text[], $8::bytea[], $9::text[], $11::text[], $12::bytea[])
    AS w (event_id, kind, client_id, reference_id, payment_ref, rc, reason, body, trace_parent,
          correlation_id, message_hash)
