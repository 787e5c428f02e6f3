-- Ids are given in the order of the decisions; the bill's lock makes them rise within a bill across workers.
INSERT INTO reversals.outbox (event_id, bill_id, replayed)
SELECT w.event_id, w.bill_id, w.replayed
FROM unnest($1::uuid[], $2::bigint[], $3::boolean[]) WITH ORDINALITY AS w (event_id, bill_id, replayed, place)
ORDER BY w.place
