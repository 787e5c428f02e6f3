-- What is to be published is there, and of the kind it is waiting under.
SELECT e.client_id, o.bill_id, e.reference_id, o.event_id,
       'an event ' || o.kind AS expected, coalesce(e.kind, 'no such event') AS found,
       count(*) OVER () AS total
FROM reversals.outbox o
LEFT JOIN reversals.event e ON e.event_id = o.event_id
WHERE e.event_id IS NULL OR e.kind <> o.kind
ORDER BY o.kind, o.id
LIMIT $1::int
