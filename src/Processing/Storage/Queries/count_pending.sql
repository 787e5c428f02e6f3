-- How many requests of each client wait for their payment. No more than its limit ($2) are counted.
SELECT w.client, (
    SELECT count(*)
    FROM (SELECT FROM reversals.pending q WHERE q.client_id = w.client LIMIT w.most) AS few) AS count
FROM unnest($1::text[], $2::int[]) AS w (client, most)
