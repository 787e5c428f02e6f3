-- Runs after the locks are held, with a snapshot of its own: a key that was just used is seen.
-- OFFSET 0 keeps each look-up a look-up: a join planned while the table was empty reads all of it later.
SELECT r.client_id, r.reference_id, r.request_hash, r.event_id, r.bill_id
FROM unnest($1::text[], $2::text[]) AS w (client_id, reference_id)
CROSS JOIN LATERAL (
    SELECT * FROM reversals.reversal r
    WHERE r.client_id = w.client_id AND r.reference_id = w.reference_id
    OFFSET 0
) AS r
