INSERT INTO reversals.quarantine_dropped AS d (client, cause, count, bytes, first_at, last_at)
SELECT w.client, w.cause, w.count, w.bytes, w.at, w.at
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[])
    AS w (client, cause, count, bytes, at)
ORDER BY w.client, w.cause
ON CONFLICT (client, cause) DO UPDATE
    SET count = d.count + excluded.count, bytes = d.bytes + excluded.bytes, last_at = excluded.last_at
