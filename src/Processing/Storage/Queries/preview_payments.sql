SELECT p.* FROM reversals.preview_payments(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::timestamptz[],
    $9::bigint, $10::text[], $11::text[]) p
