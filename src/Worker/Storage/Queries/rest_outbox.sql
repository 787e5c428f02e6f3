-- Not published: the row rests a while and the bill's later rows wait behind it.
UPDATE reversals.outbox SET held_until = now() + $4::interval, lease_id = NULL
WHERE kind = $1::text AND id = ANY ($2::bigint[]) AND lease_id = $3::uuid
