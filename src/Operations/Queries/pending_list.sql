-- Requests that wait for their payment, oldest first; of the client $1, or of all.
SELECT q.id, q.client_id, q.payment_ref, q.reference_id, q.amount, q.channel, q.sent_at, q.pending_until
FROM reversals.pending q
WHERE $1::text IS NULL OR q.client_id = $1::text
ORDER BY q.id
LIMIT $2::int
