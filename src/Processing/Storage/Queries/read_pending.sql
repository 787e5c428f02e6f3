-- Oldest first: the order of arrival.
SELECT q.id, q.client_id, q.payment_ref, q.reference_id, q.amount, q.va_number, q.prefix, q.channel,
       q.trace_parent, q.correlation_id, q.sent_at, q.received_at, q.pending_until AS until, q.message_hash
FROM reversals.pending q
WHERE q.id = ANY ($1::bigint[])
ORDER BY q.id
