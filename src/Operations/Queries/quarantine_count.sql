-- As many as quarantine_list.sql would list without its limit, counted up to $5.
SELECT count(*) FROM (
    SELECT FROM reversals.quarantine q
    WHERE ($1::text IS NULL OR q.cause = $1::text)
      AND ($2::timestamptz IS NULL OR q.received_at >= $2::timestamptz)
      AND ($3::text IS NULL OR q.client_id = $3::text)
      AND ($4::boolean OR q.resolution IS NULL)
    LIMIT $5::int
) AS few
