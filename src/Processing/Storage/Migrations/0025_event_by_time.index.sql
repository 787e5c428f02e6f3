-- The id of an event about a reversal begins with the time of its payment, so that a restored database gives
-- it again; what happened lately is found by its own time. Rows of one commit share it, so the index stays
-- small. A database of before has it from 0013.
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_time ON reversals.event (occurred_at)
