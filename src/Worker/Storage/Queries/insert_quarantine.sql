INSERT INTO reversals.quarantine (cause, detail, client_id, signature, headers, body, sent_at, received_at,
                                  correlation_id)
SELECT w.cause, w.detail, w.client_id, w.signature, w.headers::jsonb, w.body, w.sent_at, w.received_at,
       w.correlation_id
FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
        $6::bytea[], $7::timestamptz[], $8::timestamptz[], $9::text[])
    AS w (cause, detail, client_id, signature, headers, body, sent_at, received_at, correlation_id)
