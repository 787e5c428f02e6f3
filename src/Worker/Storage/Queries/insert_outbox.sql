-- Ids are given in the order of the decisions; the bill's lock makes them rise within a bill across workers.
INSERT INTO reversals.outbox (kind, event_id, bill_id, replayed)
SELECT w.kind, w.event_id, w.bill_id, w.replayed
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::boolean[]) WITH ORDINALITY
    AS w (kind, event_id, bill_id, replayed, place)
ORDER BY w.place
