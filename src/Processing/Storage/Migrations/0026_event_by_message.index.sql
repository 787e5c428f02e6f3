-- Finds what a message was told before: see 0014, from which a database of before has it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_message ON reversals.event (message_hash, event_id)
    WHERE message_hash IS NOT NULL
