WITH paid AS (
    UPDATE billing.bill SET paid_amount = paid_amount + 10000, version = version + 1
    WHERE id = @billId
)
INSERT INTO billing.payment
    (bill_id, client_id, payment_ref, reference_id, va_number, channel, amount)
VALUES (@billId, @clientId, @paymentRef, 'TRX-' || @paymentRef, @vaNumber, 'bank_bsi', 10000)
