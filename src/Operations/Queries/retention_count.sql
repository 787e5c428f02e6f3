-- What a retention run would change, and what it leaves.
SELECT 'events' AS what, count(*) AS count, min(e.occurred_at) AS first, max(e.occurred_at) AS last
FROM reversals.event e
WHERE e.occurred_at < $1::timestamptz AND e.anonymised_at IS NULL
UNION ALL
SELECT 'quarantined messages, resolved', count(*), min(q.resolved_at), max(q.resolved_at)
FROM reversals.quarantine q
WHERE q.resolved_at < $1::timestamptz AND q.anonymised_at IS NULL
UNION ALL
SELECT 'quarantined messages, open: they stay', count(*), min(q.received_at), max(q.received_at)
FROM reversals.quarantine q
WHERE q.received_at < $1::timestamptz AND q.resolution IS NULL
