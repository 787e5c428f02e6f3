-- Claims of a kind are made one at a time: two at once could each take half
-- of a bill's events and change their order.
SELECT pg_advisory_xact_lock(hashtextextended('reversals.outbox.' || $1::text, 0::bigint))
