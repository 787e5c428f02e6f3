-- Of a worker that was not heard of for ten minutes nobody wants to know any more.
SELECT w.worker, w.at, w.unacknowledged, w.unacknowledged_dead, w.stalled_since, w.problem, w.settings_mark,
       w.settings_since, w.settings_problem, w.pauses
FROM reversals.worker_state w
WHERE w.at > now() - interval '10 minutes'
ORDER BY w.worker
