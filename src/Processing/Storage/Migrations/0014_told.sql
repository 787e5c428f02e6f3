-- A message that was refused for good, and that the broker delivers again because its worker died before it
-- acknowledged, is told the same again, whatever was paid meanwhile: its hash finds its event, by the index
-- of 0026. It stands with refusals only, so what is applied pays nothing for it. A worker of before leaves it
-- empty.
-- NOT VALID: nothing is there yet that would have to be read for it.
ALTER TABLE reversals.event ADD COLUMN message_hash bytea;
ALTER TABLE reversals.event ADD CONSTRAINT event_message_hash_check
    CHECK (octet_length(message_hash) = 32) NOT VALID;
ALTER TABLE reversals.pending ADD COLUMN message_hash bytea CHECK (octet_length(message_hash) = 32);

-- Asked again, a remembered request is known by its last message. The worker needs this right at once.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reversal_worker') THEN
        GRANT UPDATE (message_hash) ON reversals.pending TO reversal_worker;
    END IF;
END
$$;
