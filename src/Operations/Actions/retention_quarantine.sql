-- The next portion of messages that somebody saw to long ago. Of a body stays what names a payment, in the
-- form in which the columns beside it were read from it. A name that is no client of ours may be anything.
WITH old AS MATERIALIZED (
    SELECT q.id
    FROM reversals.quarantine q
    WHERE q.resolved_at < $1::timestamptz AND q.id > $2::bigint AND q.anonymised_at IS NULL
    ORDER BY q.id
    LIMIT $3::int
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE reversals.quarantine q
SET body = convert_to(json_strip_nulls(json_build_object(
        'payment_ref', q.payment_ref, 'reference_id', q.reference_id,
        'amount', substring(encode(substring(q.body FROM 1 FOR 8192), 'escape')
            FROM '"amount"\s*:\s*"?([0-9]{1,16}(?:\.[0-9]{1,2})?)')::numeric))::text, 'UTF8'),
    headers = '{}', signature = NULL,
    client_id = CASE WHEN q.client_id = q.client THEN q.client_id END,
    anonymised_at = now()
FROM old o
WHERE q.id = o.id
RETURNING q.id
