-- The events that refused, for good, the requests of messages that are delivered again. Looked up one by one
-- (OFFSET 0), as in find_pending.sql; of messages that nothing tells apart the newest.
SELECT w.client_id, w.message_hash, e.event_id AS told_event_id
FROM unnest($1::text[], $2::bytea[]) AS w (client_id, message_hash)
CROSS JOIN LATERAL (
    SELECT n.event_id FROM reversals.event n
    WHERE n.message_hash = w.message_hash AND n.client_id = w.client_id
    ORDER BY n.event_id DESC
    LIMIT 1
) AS e
