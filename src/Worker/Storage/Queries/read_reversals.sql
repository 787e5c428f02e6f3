-- Runs after the locks are held, with a snapshot of its own: a key that was just used is seen.
SELECT r.client_id, r.reference_id, r.request_hash, r.event_id, r.bill_id
FROM unnest($1::text[], $2::text[]) AS w (client_id, reference_id)
JOIN reversals.reversal r ON r.client_id = w.client_id AND r.reference_id = w.reference_id
