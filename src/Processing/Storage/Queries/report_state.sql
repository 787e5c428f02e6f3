-- Also removes the rows of other workers that have not reported for a day.
WITH gone AS (
    DELETE FROM reversals.worker_state w WHERE w.at < now() - interval '1 day' AND w.worker <> $1::text
)
INSERT INTO reversals.worker_state AS s
    (worker, at, unacknowledged, unacknowledged_dead, stalled_since, problem, settings_mark, settings_since,
     settings_problem, pauses)
VALUES ($1::text, now(), $2::int, $3::int, now() - $4::interval, $5::text, $6::text, $7::timestamptz,
        $8::text, $9::text[])
ON CONFLICT (worker) DO UPDATE
SET at = excluded.at, unacknowledged = excluded.unacknowledged,
    unacknowledged_dead = excluded.unacknowledged_dead, stalled_since = excluded.stalled_since,
    problem = excluded.problem, settings_mark = excluded.settings_mark,
    settings_since = excluded.settings_since, settings_problem = excluded.settings_problem,
    pauses = excluded.pauses
