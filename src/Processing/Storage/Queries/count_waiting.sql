-- What waits, by table and sort. No more than $3 of each are counted, through an index: it is asked every few
-- seconds, also when millions wait.
SELECT 'outbox' AS "table", w.kind AS sort, n.count
FROM unnest($1::text[], $4::bigint[]) AS w (kind, lowest)
CROSS JOIN LATERAL (
    SELECT count(*)
    FROM (SELECT FROM reversals.outbox o WHERE o.kind = w.kind AND o.id >= w.lowest LIMIT $3::int) AS few
) AS n
UNION ALL
SELECT 'quarantine', w.cause, n.count
FROM unnest($2::text[]) AS w (cause)
CROSS JOIN LATERAL (
    SELECT count(*)
    FROM (
        SELECT FROM reversals.quarantine q
        WHERE q.cause = w.cause AND q.resolution IS NULL
        LIMIT $3::int) AS few
) AS n
UNION ALL
SELECT 'pending', '', count(*)
FROM (SELECT FROM reversals.pending q WHERE q.id > 0 LIMIT $3::int) AS few
