-- Rows that rest after a failed attempt may be claimed at once; $3: also those that a worker has leased. Runs
-- under the lock of the claims (lock_claims.sql); a bill's row still waits for its older ones that are held.
UPDATE reversals.outbox o
SET held_until = '-infinity', lease_id = NULL
WHERE o.kind = $1::text
  AND o.held_until >= now()
  AND (o.lease_id IS NULL OR $3::boolean)
  AND ($2::bigint[] IS NULL OR o.id = ANY ($2::bigint[]))
