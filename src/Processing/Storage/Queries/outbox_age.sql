-- The oldest row of a kind from $2 on is the first of its key: no need to look at the rest. What stands below
-- $2 is dead, but not removed as long as somebody holds a transaction open.
SELECT w.kind, coalesce(extract(epoch FROM now() - first.enqueued_at), 0)::float8 AS seconds,
       first.id AS lowest, reversals.last_outbox_id() AS highest
FROM unnest($1::text[], $2::bigint[]) AS w (kind, lowest)
LEFT JOIN LATERAL (
    SELECT o.id, o.enqueued_at FROM reversals.outbox o
    WHERE o.kind = w.kind AND o.id >= w.lowest
    ORDER BY o.id
    LIMIT 1
) AS first ON true
