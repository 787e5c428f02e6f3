-- Not published: the row rests a while and the bill's later rows wait behind it.
UPDATE reversals.outbox SET held_until = now() + $3::interval, lease_id = NULL
WHERE id = ANY ($1::bigint[]) AND lease_id = $2::uuid
