-- Not published: each row backs off for its delay ($4), and the bill's later rows wait behind it. Row by row
-- as in update_bills.sql.
UPDATE reversals.outbox o
SET held_until = now() + w.delay, lease_id = NULL
FROM unnest($2::bigint[], $4::interval[]) AS w (id, delay)
CROSS JOIN LATERAL (
    SELECT x.ctid AS place FROM reversals.outbox x WHERE x.kind = $1::text AND x.id = w.id OFFSET 0) AS at
WHERE o.ctid = at.place AND o.lease_id = $3::uuid
