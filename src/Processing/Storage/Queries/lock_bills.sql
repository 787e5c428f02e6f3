-- Locks in id order, so that two batches cannot wait for each other in a circle; returns each bill as it
-- stands once the lock is held. NO KEY: new payments of a locked bill may still be inserted. Times that the
-- driver cannot hold, infinity among them, are given as the first and the last that can be written.
SELECT b.id, b.client_id, b.hash, b.va_number, b.invoice_number, b.type AS type_word, b.name,
       b.customer_name, b.customer_email, b.customer_phone, b.customer_address,
       b.total_amount, b.billed_amount, b.paid_amount, b.status AS status_word, b.description,
       b.ext_description,
       least(greatest(b.valid_until, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07') AS valid_until,
       least(greatest(b.created_at, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07') AS created_at,
       b.components AS lines, b.additional_data AS additional, b.version
FROM billing.bill b
WHERE b.id = ANY (ARRAY(SELECT l.bill_id FROM reversals.locate(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::timestamptz[],
    $9::bigint) l))
ORDER BY b.id
FOR NO KEY UPDATE OF b
