-- The oldest row of a kind is the first of its key: no need to look at the rest.
SELECT w.kind, coalesce(extract(epoch FROM now() - first.enqueued_at), 0)::float8 AS seconds
FROM unnest($1::text[]) AS w (kind)
LEFT JOIN LATERAL (
    SELECT o.enqueued_at FROM reversals.outbox o WHERE o.kind = w.kind ORDER BY o.id LIMIT 1
) AS first ON true
