-- A copy ($4) carries the correlation-id of its own request; that of a new event is stored with the event.
-- Ids are given in the order of the decisions; the bill's lock makes them rise within a bill across workers.
-- A new row is leased to this worker's relay ($5) at once, so that it need not be claimed, unless an older
-- event of the bill (not just a copy) is still here: that event must be published first. What others
-- added for the bill was committed before this transaction got the bill's lock, so it is visible.
INSERT INTO reversals.outbox (kind, event_id, bill_id, replayed, lease_id, held_until, attempts,
                              correlation_id)
SELECT w.kind, w.event_id, w.bill_id, w.replayed, l.id,
       CASE WHEN l.id IS NULL THEN '-infinity' ELSE clock_timestamp() + $6::interval END,
       CASE WHEN l.id IS NULL THEN 0 ELSE 1 END,
       w.correlation_id
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::boolean[], $5::uuid[], $7::text[]) WITH ORDINALITY
    AS w (kind, event_id, bill_id, replayed, lease_id, correlation_id, place)
CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT EXISTS (
        SELECT 1 FROM reversals.outbox h
        WHERE h.bill_id = w.bill_id AND NOT h.replayed AND (h.kind = w.kind) IS TRUE)
        THEN w.lease_id END AS id
    OFFSET 0) AS l
ORDER BY w.place
RETURNING id, lease_id IS NOT NULL AS is_leased
