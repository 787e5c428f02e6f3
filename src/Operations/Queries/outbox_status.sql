-- For each kind how much waits, counted up to $1, and since when the oldest does.
SELECT w.kind,
       (SELECT count(*) FROM (
           SELECT FROM reversals.outbox o WHERE o.kind = w.kind LIMIT $1::int) AS few) AS pending,
       (SELECT o.enqueued_at FROM reversals.outbox o WHERE o.kind = w.kind ORDER BY o.id LIMIT 1)
           AS oldest_at
FROM unnest(ARRAY['payment.reversal', 'payment.reversal.rejected']) AS w (kind)
