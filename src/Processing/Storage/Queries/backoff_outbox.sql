-- Not published: the row backs off, twice as long after each try up to $5, and the bill's later rows wait
-- behind it. Row by row as in update_bills.sql.
UPDATE reversals.outbox o
SET held_until = now() + least($5::interval, $4::interval * power(2, least(o.attempts - 1, 20))),
    lease_id = NULL
FROM unnest($2::bigint[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT x.ctid AS place FROM reversals.outbox x WHERE x.kind = $1::text AND x.id = w.id OFFSET 0) AS at
WHERE o.ctid = at.place AND o.lease_id = $3::uuid
