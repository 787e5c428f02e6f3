WITH paid AS (
    UPDATE billing.bill SET paid_amount = paid_amount + 10000, version = version + 1
    WHERE id = $1::bigint
)
INSERT INTO billing.payment
    (bill_id, client_id, payment_ref, reference_id, va_number, channel, amount)
VALUES ($1::bigint, $2::text, $3::text, 'TRX-' || $3::text, $4::text, 'bank_bsi', 10000)
