-- Fenced by the lease: a relay that was paused past its lease clears nothing that another one holds by now.
DELETE FROM reversals.outbox WHERE id = ANY ($1::bigint[]) AND lease_id = $2::uuid
