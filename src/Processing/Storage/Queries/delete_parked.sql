DELETE FROM reversals.parked k WHERE k.id = ANY ($1::bigint[])
