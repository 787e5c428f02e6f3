SELECT q.cause, count(*) AS count, min(q.received_at) AS oldest_at, max(q.received_at) AS newest_at
FROM reversals.quarantine q
WHERE q.resolution IS NULL
GROUP BY q.cause
ORDER BY count(*) DESC, q.cause
