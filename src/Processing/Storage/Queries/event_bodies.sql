-- The events that answer duplicates of callers at the gateway.
SELECT e.event_id, e.body
FROM reversals.event e
WHERE e.event_id = ANY ($1::uuid[])
