-- The bytes of events as they were published.
SELECT e.event_id, e.body
FROM reversals.event e
WHERE e.event_id = ANY ($1::uuid[])
