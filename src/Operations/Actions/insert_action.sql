INSERT INTO reversals.operator_action (operator, verb, target, note, count)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint)
