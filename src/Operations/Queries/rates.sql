-- Events of the last five minutes: their ids begin with their time, so the key is the index. Of very many the
-- latest $3 are taken, and the time that they cover.
SELECT count(*) FILTER (WHERE few.kind = 'payment.reversal') AS reversed,
       count(*) FILTER (WHERE few.kind <> 'payment.reversal') AS rejected,
       count(*) FILTER (WHERE few.kind = 'payment.reversal' AND few.event_id >= $2::uuid)
           AS reversed_last_minute,
       count(*) FILTER (WHERE few.kind <> 'payment.reversal' AND few.event_id >= $2::uuid)
           AS rejected_last_minute,
       count(*) = $3::int AS is_capped,
       min(few.occurred_at) AS since
FROM (
    SELECT e.event_id, e.kind, e.occurred_at FROM reversals.event e
    WHERE e.event_id >= $1::uuid
    ORDER BY e.event_id DESC
    LIMIT $3::int
) AS few
