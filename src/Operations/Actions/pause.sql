INSERT INTO reversals.pause (client_id, operator, note)
VALUES ($1::text, $2::text, $3::text)
ON CONFLICT (client_id) DO NOTHING
