-- As update_payments.sql, for views.
SELECT reversals.expect_rows(reversals.update_payments($1::bigint[], $2::numeric[], $3::numeric[]),
    cardinality($1))
