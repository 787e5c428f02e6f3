-- The id of an event about a reversal begins with the time of its payment, so that a restored database gives
-- it again; what happened lately is found by its own time. Rows of one commit share it, so the index stays
-- small.
CREATE INDEX event_by_time ON reversals.event (occurred_at);

-- The highest id that was given to a row of the outbox, whoever asks: looks begin near it. While somebody
-- holds a transaction open, no vacuum can remove the dead rows of what was published, and to read past them
-- costs more each minute.
CREATE FUNCTION reversals.last_outbox_id() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.last_value FROM reversals.outbox_id_seq s $$;
