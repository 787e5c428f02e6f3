-- Oldest first. A row waits while its bill has an older row that this claim does not take because that one is
-- held (leased, or backing off after a failure) or its id is below $5: so a bill keeps its order across
-- workers and failures. No row waits for a copy, which may come at any time later. Rows below $5 are not
-- looked for this time: until the next vacuum the dead rows of published events are at the head of the
-- index.
-- Statistics of a queue are often taken while it is empty. So the statement leaves the planner no
-- plan that is good for an empty table only: rows are changed at their place (ctid), events are looked
-- up one by one (OFFSET 0) instead of joined, and because of IS TRUE the search for older rows of the bill
-- cannot use the primary key, which would read all older rows of the kind.
-- A claim that takes something waits for the standby at its COMMIT, as publishing follows; one that takes
-- nothing does not.
WITH claimed AS MATERIALIZED (
    SELECT o.ctid AS place
    FROM reversals.outbox o
    WHERE o.kind = $1::text
      AND o.id >= $5::bigint
      AND o.held_until < now()
      AND (o.bill_id IS NULL OR NOT EXISTS (
          SELECT 1 FROM reversals.outbox h
          WHERE h.bill_id = o.bill_id AND h.id < o.id AND NOT h.replayed
            AND (h.kind = o.kind) IS TRUE AND (h.held_until >= now() OR h.id < $5::bigint)))
    ORDER BY o.id
    LIMIT $2::int
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE reversals.outbox o
    SET held_until = clock_timestamp() + $3::interval, lease_id = $4::uuid, attempts = o.attempts + 1
    WHERE o.ctid = ANY (ARRAY(SELECT c.place FROM claimed c))
    RETURNING o.id, o.event_id, o.bill_id, o.replayed, o.enqueued_at, o.correlation_id, o.attempts
)
SELECT l.id, l.event_id, l.bill_id, l.replayed, e.client_id, e.body, e.trace_parent, l.attempts,
       l.enqueued_at AS since,
       CASE WHEN l.replayed THEN l.correlation_id ELSE e.correlation_id END AS correlation_id,
       set_config('synchronous_commit', 'on', true)
FROM leased l
CROSS JOIN LATERAL (SELECT * FROM reversals.event e WHERE e.event_id = l.event_id OFFSET 0) AS e
ORDER BY l.id
