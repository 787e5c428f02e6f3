-- Which of these keys were applied, and under what event.
SELECT w.place, r.request_hash, r.event_id
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (client_id, reference_id, place)
CROSS JOIN LATERAL (
    SELECT * FROM reversals.reversal r
    WHERE r.client_id = w.client_id AND r.reference_id = w.reference_id
    OFFSET 0
) AS r
