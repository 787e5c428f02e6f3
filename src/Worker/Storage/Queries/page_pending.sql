-- The next remembered requests, and whether it is time to decide each again: its time is up, or there is a
-- payment it may mean now. The three ways to name a payment are those of reversals.locate.
SELECT q.id, q.pending_until <= $3::timestamptz
    OR EXISTS (
        SELECT 1 FROM billing.payment p
        WHERE p.client_id = q.client_id AND p.payment_ref = q.payment_ref)
    OR (q.payment_ref IS NULL AND EXISTS (
        SELECT 1 FROM billing.payment p
        WHERE p.client_id = q.client_id AND p.reference_id = q.reference_id))
    OR (q.payment_ref IS NULL AND EXISTS (
        SELECT 1 FROM billing.payment p
        WHERE p.client_id = q.client_id
          AND "right"(p.va_number, 10) = "right"(q.va_number, 10)
          AND "right"(p.va_number, length(q.va_number)) = q.va_number
          AND p.reversed_amount < p.amount
          AND (q.amount IS NULL OR p.amount - p.reversed_amount = q.amount)))
    AS due
FROM reversals.pending q
WHERE q.id > $1::bigint
ORDER BY q.id
LIMIT $2::int
