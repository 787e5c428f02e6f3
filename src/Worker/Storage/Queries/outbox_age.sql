-- The oldest row is the first of the key: no need to look at the rest.
SELECT coalesce(extract(epoch FROM now() - (SELECT enqueued_at FROM reversals.outbox ORDER BY id LIMIT 1)), 0)::float8
