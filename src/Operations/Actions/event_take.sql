-- The next portion of the stored events that fit, as in event_list.sql, in the order in which they were
-- decided: those of one commit have one time, and among them a bill's by its version. $6 to $8 are time,
-- version and id of the last one that was taken. The version is looked for in the text of the body, as only
-- the order depends on it.
SELECT e.event_id, e.kind, e.client_id, e.body, e.trace_parent, e.correlation_id, e.occurred_at,
       e.bill_version
FROM (
    SELECT s.*, coalesce(
        substring(convert_from(s.body, 'UTF8') FROM '"bill_version":([0-9]{1,18})')::bigint, 0)
        AS bill_version
    FROM reversals.event s
) AS e
WHERE ($1::timestamptz IS NULL OR e.occurred_at >= $1::timestamptz)
  AND ($2::timestamptz IS NULL OR e.occurred_at < $2::timestamptz)
  AND ($3::text IS NULL OR e.client_id = $3::text)
  AND ($4::text IS NULL OR e.kind = $4::text)
  AND ($5::uuid[] IS NULL OR e.event_id = ANY ($5::uuid[]))
  AND ($6::timestamptz IS NULL OR e.occurred_at >= $6::timestamptz)
  AND ($6::timestamptz IS NULL
      OR (e.occurred_at, e.bill_version, e.event_id) > ($6::timestamptz, $7::bigint, $8::uuid))
ORDER BY e.occurred_at, e.bill_version, e.event_id
LIMIT $9::int
