-- How many rows wait for people: in all, where client is null, and of each client. No more than $2 and $3 are
-- counted.
SELECT null AS client, count(*) AS open
FROM (SELECT FROM reversals.quarantine q WHERE q.resolution IS NULL LIMIT $3::int) AS few
UNION ALL
SELECT w.client, n.open
FROM unnest($1::text[]) AS w (client)
CROSS JOIN LATERAL (
    SELECT count(*) AS open
    FROM (
        SELECT FROM reversals.quarantine q
        WHERE q.client = w.client AND q.resolution IS NULL
        LIMIT $2::int) AS few
) AS n
