SELECT q.id, q.cause, q.detail, q.client_id, q.reference_id, q.payment_ref, octet_length(q.body) AS size,
       q.sent_at, q.received_at, q.resolution, q.resolved_at, q.resolved_by, q.resolution_note,
       q.signature, q.headers::text AS headers, q.body
FROM reversals.quarantine q
WHERE q.id = $1::bigint
