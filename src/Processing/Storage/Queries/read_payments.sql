-- Runs after the locks are held, with a snapshot of its own: what others committed before is seen. Names that
-- too many payments fit are rows without a payment.
WITH hit AS MATERIALIZED (
    SELECT l.payment_id, l.level, l.place FROM reversals.locate(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[],
        $8::timestamptz[], $9::bigint) l
)
SELECT p.id, p.bill_id, p.client_id, p.payment_ref, p.reference_id, p.va_number, p.channel,
       p.amount, p.reversed_amount,
       least(greatest(p.paid_at, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07') AS paid_at,
       NULL AS level, NULL AS place
FROM billing.payment p
WHERE p.id = ANY (ARRAY(SELECT h.payment_id FROM hit h))
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, h.level, h.place
FROM hit h
WHERE h.payment_id IS NULL
