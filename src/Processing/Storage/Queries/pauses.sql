-- Who is paused, and how many requests of each client are kept, counted up to $1.
SELECT p.client_id, p.at, p.operator, p.note, CASE WHEN p.client_id = '' THEN 0 ELSE (
    SELECT count(*)
    FROM (
        SELECT FROM reversals.quarantine q
        WHERE q.client = p.client_id AND q.cause = 'PAUSED' AND q.resolution IS NULL
        LIMIT $1::int) AS few) END AS kept
FROM reversals.pause p
ORDER BY p.client_id
