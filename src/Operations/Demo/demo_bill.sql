SELECT format('status %s, paid_amount %s of %s, version %s',
    status, paid_amount, total_amount, version)
FROM billing.bill WHERE id = $1::bigint
