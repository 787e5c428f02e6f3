UPDATE reversals.quarantine q
SET resolution = $2::text, resolved_at = now(), resolved_by = $3::text, resolution_note = $4::text
WHERE q.id = ANY ($1::bigint[]) AND q.resolution IS NULL
