-- Prolongs a lease because the broker is slow. A row that another relay has claimed since is not taken back.
-- Row by row as in update_bills.sql.
UPDATE reversals.outbox o
SET held_until = clock_timestamp() + $4::interval
FROM unnest($2::bigint[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT x.ctid AS place FROM reversals.outbox x WHERE x.kind = $1::text AND x.id = w.id OFFSET 0) AS at
WHERE o.ctid = at.place AND o.lease_id = $3::uuid
