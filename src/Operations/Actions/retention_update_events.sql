UPDATE reversals.event e
SET body = w.body, anonymised_at = now()
FROM unnest($1::uuid[], $2::bytea[]) AS w (event_id, body)
WHERE e.event_id = w.event_id
