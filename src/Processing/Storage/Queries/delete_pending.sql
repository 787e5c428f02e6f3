DELETE FROM reversals.pending WHERE id = ANY ($1::bigint[])
