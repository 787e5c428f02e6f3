-- One more pointer to each stored event. It carries the bill, so that it never overtakes an older event that
-- is still here.
INSERT INTO reversals.outbox (kind, event_id, bill_id, replayed, correlation_id)
SELECT e.kind, e.event_id, (
    SELECT r.bill_id FROM reversals.reversal r
    WHERE r.client_id = e.client_id AND r.reference_id = e.reference_id AND r.event_id = e.event_id), true,
    e.correlation_id
FROM reversals.event e
WHERE e.event_id = ANY ($1::uuid[])
ORDER BY e.event_id
RETURNING event_id
