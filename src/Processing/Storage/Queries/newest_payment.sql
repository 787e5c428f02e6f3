SELECT coalesce(max(p.id), 0) FROM billing.payment p
