-- The latest delivery said that the request does not wait: what an earlier delivery of it left is deleted.
-- Looked up one by one through the key (OFFSET 0), as in find_pending.sql.
DELETE FROM reversals.pending
WHERE id = ANY (ARRAY(
    SELECT q.id
    FROM unnest($1::text[], $2::text[], $3::bytea[]) AS w (client_id, key, request_hash)
    CROSS JOIN LATERAL (
        SELECT n.id FROM reversals.pending n
        WHERE n.client_id = w.client_id AND n.key = w.key AND n.request_hash = w.request_hash
        OFFSET 0
    ) AS q
))
