-- Which of these requests wait already, from an earlier delivery.
SELECT q.client_id, q.key, q.request_hash
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS w (client_id, key, request_hash)
CROSS JOIN LATERAL (
    SELECT n.client_id, n.key, n.request_hash FROM reversals.pending n
    WHERE n.client_id = w.client_id AND n.key = w.key AND n.request_hash = w.request_hash
    OFFSET 0
) AS q
