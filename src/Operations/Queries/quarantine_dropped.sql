SELECT coalesce(sum(d.count), 0)::bigint AS count, coalesce(sum(d.bytes), 0) AS bytes,
       max(d.last_at) AS last_at
FROM reversals.quarantine_dropped d
