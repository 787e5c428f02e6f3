DELETE FROM reversals.pause p WHERE p.client_id = $1::text
