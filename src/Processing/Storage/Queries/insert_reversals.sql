-- The unique key is the last safeguard: when another worker used a key meanwhile, the whole commit fails.
WITH added AS (
    INSERT INTO reversals.reversal
        (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, key_payment_id,
         reversed_at)
    SELECT w.client_id, w.reference_id, w.request_hash, w.payment_id, w.bill_id, w.amount, w.event_id,
           w.key_payment_id, $9::timestamptz
    FROM unnest(
        $1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::bigint[], $6::numeric[], $7::uuid[],
        $8::bigint[])
        AS w (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, key_payment_id)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT reversals.expect_rows((SELECT count(*) FROM added), cardinality($1))
