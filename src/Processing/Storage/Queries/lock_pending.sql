-- Of these, the requests that still wait. Runs after the bills are locked and in id order,
-- so that two workers that found the same ones wait for each other and do not decide twice.
SELECT q.id AS locked_id FROM reversals.pending q WHERE q.id = ANY ($1::bigint[]) ORDER BY q.id FOR UPDATE
