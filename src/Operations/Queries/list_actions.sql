SELECT a.id, a.at, a.operator, a.signed_in_as, a.verb AS command, a.target, a.note, a.count
FROM reversals.operator_action a
ORDER BY a.id DESC
LIMIT $1::int
