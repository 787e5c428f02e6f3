SELECT FROM billing.bill b WHERE b.id = $1::bigint FOR NO KEY UPDATE
