-- Fenced by the lease: a relay that was paused past its lease clears nothing that another one holds by now.
DELETE FROM reversals.outbox WHERE kind = $1::text AND id = ANY ($2::bigint[]) AND lease_id = $3::uuid
