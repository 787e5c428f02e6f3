-- With how many requests were taken and kept of a paused client, counted up to $1.
SELECT p.client_id, p.at, p.operator, p.note, (
    SELECT count(*) FROM (
        SELECT FROM reversals.parked k WHERE k.client_id = p.client_id LIMIT $1::int) AS few) AS parked
FROM reversals.pause p
ORDER BY p.client_id
