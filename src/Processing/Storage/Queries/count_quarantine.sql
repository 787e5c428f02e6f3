-- How many rows of each client wait for people, and under the empty name how many of all. No more than the
-- limit ($2) are counted. What is kept of a paused client was signed by it, and takes no room from others.
SELECT w.client, CASE WHEN w.client = '' THEN (
    SELECT count(*)
    FROM (
        SELECT FROM reversals.quarantine q
        WHERE q.resolution IS NULL AND q.cause <> 'PAUSED'
        LIMIT w.most) AS few)
ELSE (
    SELECT count(*)
    FROM (
        SELECT FROM reversals.quarantine q
        WHERE q.client = w.client AND q.resolution IS NULL AND q.cause <> 'PAUSED'
        LIMIT w.most) AS few) END AS count
FROM unnest($1::text[], $2::int[]) AS w (client, most)
