-- How many requests wait for their payment, counted up to $1.
SELECT count(*) AS waiting, min(few.sent_at) AS oldest_at
FROM (SELECT q.sent_at FROM reversals.pending q ORDER BY q.id LIMIT $1::int) AS few
