-- Locks in id order, so that two batches cannot wait for each other in a circle; returns each bill as it
-- stands once the lock is held. NO KEY: new payments of a locked bill may still be inserted.
SELECT b.id, b.client_id, b.hash, b.va_number, b.invoice_number, b.type, b.name,
       b.customer_name, b.customer_email, b.customer_phone, b.customer_address,
       b.total_amount, b.billed_amount, b.paid_amount, b.status, b.description, b.ext_description,
       b.valid_until, b.created_at, b.components, b.additional_data, b.version
FROM billing.bill b
WHERE b.id = ANY (ARRAY(SELECT l.bill_id FROM reversals.locate(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::bigint) l))
ORDER BY b.id
FOR NO KEY UPDATE OF b
