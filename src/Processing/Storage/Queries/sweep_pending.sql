-- Everybody who waits, and for whom it is time: a payment that is meant is there, or the time is up. A few
-- index look-ups for each, so it runs more seldom when more requests wait. Each of them may mean the same
-- payments as a request that just arrived (PaymentLookup); $3 is the tolerance of each client of $2.
-- LIMIT 1 instead of EXISTS: for that a plan made while the tables were empty would read all payments.
SELECT q.id, q.pending_until <= $1::timestamptz AS is_over
FROM reversals.pending q
WHERE q.client_id = ANY ($2::text[]) AND q.id > 0 AND (
    q.pending_until <= $1::timestamptz
    OR CASE WHEN q.payment_ref IS NOT NULL
    THEN (
        SELECT true FROM billing.payment p
        WHERE p.client_id = q.client_id AND p.payment_ref = q.payment_ref
        LIMIT 1)
    ELSE (
        SELECT true FROM billing.payment p
        WHERE p.client_id = q.client_id AND p.reference_id = q.reference_id
        LIMIT 1)
    OR (q.va_number IS NOT NULL AND (
        SELECT true FROM billing.payment p
        WHERE p.client_id = q.client_id
          AND "right"(p.va_number, 10) = "right"(q.va_number, 10)
          AND "right"(p.va_number, length(q.va_number)) = q.va_number
          AND p.reversed_amount < p.amount
          AND (q.amount IS NULL OR p.amount - p.reversed_amount = q.amount)
          AND p.paid_at <= q.sent_at + (
              SELECT c.tolerance FROM unnest($2::text[], $3::interval[]) AS c (client_id, tolerance)
              WHERE c.client_id = q.client_id)
        LIMIT 1))
    END)
ORDER BY q.id
