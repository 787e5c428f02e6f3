SELECT q.id, q.cause, q.detail, q.client_id, q.reference_id, q.payment_ref,
       coalesce(q.body_size, octet_length(q.body)) AS size, q.times, q.last_received_at, q.sent_at,
       q.received_at, q.resolution, q.resolved_at, q.resolved_by, q.resolution_note,
       q.signature, q.headers::text AS headers, q.body, q.body_size, q.body_sha256, q.anonymised_at
FROM reversals.quarantine q
WHERE q.id = $1::bigint
