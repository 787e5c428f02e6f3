-- Who waits for one of the newest payments (ids above $1, at most $2 of them), and whose time is up. It costs
-- what is new, however many wait; while nobody waits, no payment is read. What it cannot see – a payment that
-- was committed late, under a lower id or changed later – sweep_pending.sql does.
-- A pending request may mean the same payments as a request that just arrived (PaymentLookup); $5 is the
-- tolerance of each client of $4.
SELECT q.id, q.pending_until <= $3::timestamptz AS is_over
FROM reversals.pending q
WHERE q.client_id = ANY ($4::text[]) AND q.id = ANY (ARRAY(
    SELECT w.id
    FROM (
        SELECT p.client_id, p.payment_ref, p.reference_id, p.va_number, p.paid_at,
               p.amount - p.reversed_amount AS remaining
        FROM billing.payment p
        WHERE p.id > $1::bigint AND (SELECT EXISTS (SELECT FROM reversals.pending))
        ORDER BY p.id DESC
        LIMIT $2::int
    ) AS p
    CROSS JOIN LATERAL (
        SELECT n.id FROM reversals.pending n
        WHERE n.payment_ref IS NOT NULL AND n.client_id = p.client_id AND n.payment_ref = p.payment_ref
        UNION ALL
        SELECT n.id FROM reversals.pending n
        WHERE n.payment_ref IS NULL AND n.client_id = p.client_id AND n.reference_id = p.reference_id
        UNION ALL
        SELECT n.id FROM reversals.pending n
        WHERE n.payment_ref IS NULL AND n.va_number IS NOT NULL AND n.client_id = p.client_id
          AND "right"(n.va_number, 10) = "right"(p.va_number, 10)
          AND "right"(p.va_number, length(n.va_number)) = n.va_number
          AND p.remaining > 0 AND (n.amount IS NULL OR n.amount = p.remaining)
          AND p.paid_at <= n.sent_at + (
              SELECT c.tolerance FROM unnest($4::text[], $5::interval[]) AS c (client_id, tolerance)
              WHERE c.client_id = n.client_id)
    ) AS w
    UNION ALL
    SELECT o.id FROM reversals.pending o WHERE o.pending_until <= $3::timestamptz
))
ORDER BY q.id
