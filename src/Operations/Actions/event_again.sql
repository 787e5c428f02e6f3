-- One more pointer to each stored event. It carries the bill, so that it never overtakes an older event that
-- is still here. In the order of the ids given: an event_id says nothing of when it was decided.
INSERT INTO reversals.outbox (kind, event_id, bill_id, replayed, correlation_id)
SELECT e.kind, e.event_id, (
    SELECT r.bill_id FROM reversals.reversal r
    WHERE r.client_id = e.client_id AND r.reference_id = e.reference_id AND r.event_id = e.event_id), true,
    e.correlation_id
FROM unnest($1::uuid[]) WITH ORDINALITY AS w (event_id, place)
JOIN reversals.event e ON e.event_id = w.event_id
ORDER BY w.place
RETURNING event_id
