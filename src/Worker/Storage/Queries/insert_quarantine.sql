INSERT INTO reversals.quarantine (cause, detail, client_id, signature, headers, body, sent_at, received_at)
SELECT w.cause, w.detail, w.client_id, w.signature, w.headers::jsonb, w.body, w.sent_at, w.received_at
FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
        $6::bytea[], $7::timestamptz[], $8::timestamptz[])
    AS w (cause, detail, client_id, signature, headers, body, sent_at, received_at)
