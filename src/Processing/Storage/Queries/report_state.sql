-- Also removes the rows of other workers that have not reported for a day.
WITH gone AS (
    DELETE FROM reversals.worker_state w WHERE w.at < now() - interval '1 day' AND w.worker <> $1::text
)
INSERT INTO reversals.worker_state AS s
    (worker, at, unacknowledged, unacknowledged_dead, stalled_since, problem)
VALUES ($1::text, now(), $2::int, $3::int, now() - $4::interval, $5::text)
ON CONFLICT (worker) DO UPDATE
SET at = excluded.at, unacknowledged = excluded.unacknowledged,
    unacknowledged_dead = excluded.unacknowledged_dead, stalled_since = excluded.stalled_since,
    problem = excluded.problem
