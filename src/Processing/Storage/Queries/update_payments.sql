-- A payment that somebody changed without holding its bill's lock is not overwritten. Row by row as in
-- update_bills.sql.
WITH changed AS (
    UPDATE billing.payment p
    SET reversed_amount = w.reversed_amount
    FROM unnest($1::bigint[], $2::numeric[], $3::numeric[]) AS w (id, reversed_before, reversed_amount)
    CROSS JOIN LATERAL (
        SELECT x.tableoid AS part, x.ctid AS place FROM billing.payment x WHERE x.id = w.id OFFSET 0) AS at
    WHERE p.ctid = at.place AND p.tableoid = at.part AND p.reversed_amount = w.reversed_before
    RETURNING 1
)
SELECT reversals.expect_rows((SELECT count(*) FROM changed), cardinality($1))
