-- Requests of this name that wait for their payment. Only what came before its payment in the last days is
-- here, so there is no index for it.
SELECT q.id, q.client_id, q.payment_ref, q.reference_id, q.amount, q.channel, q.sent_at, q.pending_until
FROM reversals.pending q
WHERE q.reference_id = $1::text OR q.payment_ref = $1::text
ORDER BY q.id
LIMIT $2::int
