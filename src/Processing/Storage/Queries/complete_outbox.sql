-- Fenced by the lease: a relay that was paused past its lease clears nothing that another one holds by now.
-- Row by row as in update_bills.sql.
DELETE FROM reversals.outbox o
USING unnest($2::bigint[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT x.ctid AS place FROM reversals.outbox x WHERE x.kind = $1::text AND x.id = w.id OFFSET 0) AS at
WHERE o.ctid = at.place AND o.lease_id = $3::uuid
