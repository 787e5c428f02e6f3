SELECT count(*) FROM billing.payment WHERE bill_id = $1::bigint
