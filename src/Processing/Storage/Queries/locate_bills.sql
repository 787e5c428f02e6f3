-- Which bills the requests may touch, and by which of its names each does.
SELECT DISTINCT l.bill_id, l.level, l.place
FROM reversals.locate(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::timestamptz[],
    $9::bigint) l
WHERE l.bill_id IS NOT NULL
