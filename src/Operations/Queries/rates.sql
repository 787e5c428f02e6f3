-- Events of the last five minutes, by their time. Of very many the latest $3 are taken, and the time that
-- they cover.
SELECT count(*) FILTER (WHERE few.kind = 'payment.reversal') AS reversed,
       count(*) FILTER (WHERE few.kind <> 'payment.reversal') AS rejected,
       count(*) FILTER (WHERE few.kind = 'payment.reversal' AND few.occurred_at >= $2::timestamptz)
           AS reversed_last_minute,
       count(*) FILTER (WHERE few.kind <> 'payment.reversal' AND few.occurred_at >= $2::timestamptz)
           AS rejected_last_minute,
       count(*) = $3::int AS is_capped,
       min(few.occurred_at) AS since
FROM (
    SELECT e.kind, e.occurred_at FROM reversals.event e
    WHERE e.occurred_at >= $1::timestamptz
    ORDER BY e.occurred_at DESC
    LIMIT $3::int
) AS few
