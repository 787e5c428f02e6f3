-- Of these, the requests that nobody has answered for good. Runs after the bills are locked and in id order,
-- so that two workers that found the same ones wait for each other and do not answer twice.
SELECT q.id FROM reversals.pending q WHERE q.id = ANY ($1::bigint[]) ORDER BY q.id FOR UPDATE
