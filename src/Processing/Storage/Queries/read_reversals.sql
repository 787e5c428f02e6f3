-- Runs after the locks are held, with a snapshot of its own: a key that was just used is seen.
-- A derived key has a row for each payment it was used for: the latest are read, and those of the payments
-- that have this payment_ref now ($3, $4). OFFSET 0 keeps each look-up a look-up: a join planned while the
-- table was empty reads every row later.
SELECT r.client_id, r.reference_id, r.key_payment_id, r.request_hash, r.event_id, r.payment_id, r.bill_id,
       r.reversed_at
FROM unnest($1::text[], $2::text[]) AS w (client_id, reference_id)
CROSS JOIN LATERAL (
    SELECT * FROM reversals.reversal r
    WHERE r.client_id = w.client_id AND r.reference_id = w.reference_id
    ORDER BY r.key_payment_id DESC
    LIMIT $5::bigint
) AS r
UNION ALL
SELECT r.client_id, r.reference_id, r.key_payment_id, r.request_hash, r.event_id, r.payment_id, r.bill_id,
       r.reversed_at
FROM unnest($3::text[], $4::text[]) AS w (client_id, payment_ref)
CROSS JOIN LATERAL (
    SELECT p.id FROM billing.payment p
    WHERE p.client_id = w.client_id AND p.payment_ref = w.payment_ref
    LIMIT $5::bigint
) AS p
CROSS JOIN LATERAL (
    SELECT * FROM reversals.reversal r
    WHERE r.client_id = w.client_id AND r.reference_id = 'payment_ref:' || w.payment_ref
      AND r.key_payment_id = p.id
    OFFSET 0
) AS r
