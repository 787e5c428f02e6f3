-- The latest stored events of a time ($1 to $2), a client, a kind or these ids; what is null filters nothing.
SELECT e.event_id, e.kind, e.client_id, e.reference_id, e.payment_ref, e.reason, e.occurred_at
FROM reversals.event e
WHERE ($1::timestamptz IS NULL OR e.occurred_at >= $1::timestamptz)
  AND ($2::timestamptz IS NULL OR e.occurred_at < $2::timestamptz)
  AND ($3::text IS NULL OR e.client_id = $3::text)
  AND ($4::text IS NULL OR e.kind = $4::text)
  AND ($5::uuid[] IS NULL OR e.event_id = ANY ($5::uuid[]))
ORDER BY e.occurred_at DESC, e.event_id DESC
LIMIT $6::int
