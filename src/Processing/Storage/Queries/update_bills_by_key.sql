-- As update_bills.sql, for views.
SELECT reversals.expect_rows(reversals.update_bills($1::bigint[], $2::numeric[], $3::text[], $4::bigint[]),
    cardinality($1))
