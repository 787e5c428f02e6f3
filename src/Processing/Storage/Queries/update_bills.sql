-- Row by row through the key (OFFSET 0) to its place: an UPDATE joined while the table was small reads all of
-- it later. A place is a ctid within its table (tableoid), as the biller may have partitioned it. The rows
-- are locked, so each still stands there.
WITH changed AS (
    UPDATE billing.bill b
    SET paid_amount = w.paid_amount, status = w.status, version = w.version
    FROM unnest($1::bigint[], $2::numeric[], $3::text[], $4::bigint[]) AS w (id, paid_amount, status, version)
    CROSS JOIN LATERAL (
        SELECT x.tableoid AS part, x.ctid AS place FROM billing.bill x WHERE x.id = w.id OFFSET 0) AS at
    WHERE b.ctid = at.place AND b.tableoid = at.part
    RETURNING 1
)
SELECT reversals.expect_rows((SELECT count(*) FROM changed), cardinality($1))
