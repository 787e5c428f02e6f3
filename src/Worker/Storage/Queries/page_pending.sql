-- The next remembered requests, and whether it is time to decide each again: its time is up, or there is a
-- payment it may mean now. Which of its names count is what Probe says of requests that just arrived.
SELECT q.id, q.pending_until <= $3::timestamptz OR EXISTS (
    SELECT 1 FROM reversals.locate(
        ARRAY[q.client_id], ARRAY[q.payment_ref],
        CASE WHEN q.payment_ref IS NULL THEN ARRAY[q.client_id] END, ARRAY[q.reference_id],
        CASE WHEN q.payment_ref IS NULL THEN ARRAY[q.client_id] END, ARRAY[q.va_number], ARRAY[q.amount], 1)
) AS due
FROM reversals.pending q
WHERE q.id > $1::bigint
ORDER BY q.id
LIMIT $2::int
