WITH changed AS (
    UPDATE billing.bill b
    SET paid_amount = w.paid_amount, status = w.status, version = w.version
    FROM unnest($1::bigint[], $2::numeric[], $3::text[], $4::bigint[]) AS w (id, paid_amount, status, version)
    WHERE b.id = w.id
    RETURNING 1
)
SELECT reversals.expect_rows((SELECT count(*) FROM changed), cardinality($1))
