-- How many stored events fit, as in event_list.sql, by kind.
SELECT e.kind, count(*) AS count, min(e.occurred_at) AS first, max(e.occurred_at) AS last
FROM reversals.event e
WHERE ($1::timestamptz IS NULL OR e.occurred_at >= $1::timestamptz)
  AND ($2::timestamptz IS NULL OR e.occurred_at < $2::timestamptz)
  AND ($3::text IS NULL OR e.client_id = $3::text)
  AND ($4::text IS NULL OR e.kind = $4::text)
  AND ($5::uuid[] IS NULL OR e.event_id = ANY ($5::uuid[]))
GROUP BY e.kind
ORDER BY e.kind
