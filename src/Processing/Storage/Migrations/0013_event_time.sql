-- The highest id that was given to a row of the outbox, whoever asks: looks begin near it. While somebody
-- holds a transaction open, no vacuum can remove the dead rows of what was published, and to read past them
-- costs more each minute.
CREATE FUNCTION reversals.last_outbox_id() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.last_value FROM reversals.outbox_id_seq s $$;
