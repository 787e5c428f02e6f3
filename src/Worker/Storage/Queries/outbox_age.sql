-- The oldest row of a kind is the first of its key: no need to look at the rest.
SELECT coalesce(extract(epoch FROM now() - min(first.enqueued_at)), 0)::float8
FROM unnest(ARRAY['payment.reversal', 'payment.reversal.rejected']) AS w (kind)
CROSS JOIN LATERAL (
    SELECT o.enqueued_at FROM reversals.outbox o WHERE o.kind = w.kind ORDER BY o.id LIMIT 1
) AS first
