SELECT p.client_id, p.at, p.operator, p.note FROM reversals.pause p ORDER BY p.client_id
