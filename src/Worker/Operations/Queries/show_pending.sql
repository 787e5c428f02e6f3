-- Requests of this name that wait for their payment. There are only as many as came before their payments in the
-- last day, so they have no index for it.
SELECT q.id, q.client_id, q.payment_ref, q.reference_id, q.amount, q.channel, q.sent_at, q.pending_until
FROM reversals.pending q
WHERE q.reference_id = $1::text OR q.payment_ref = $1::text
ORDER BY q.id
LIMIT $2::int
