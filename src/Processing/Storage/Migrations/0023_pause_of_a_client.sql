-- What a paused client sends is kept in the quarantine for the cause PAUSED, until somebody lets the client
-- go on. It is sent again under the message-id that it came with, so that whoever was told of it before is
-- told the same; of other messages, and of a worker of before, message_id is null.
ALTER TABLE reversals.quarantine ADD COLUMN message_id text;

-- To count what is kept of a client twice a second, and to take it in the order of arrival. The predicate
-- fits no question that does not name this cause.
CREATE INDEX quarantine_paused ON reversals.quarantine (client, id)
    WHERE cause = 'PAUSED' AND resolution IS NULL;

-- The clients of which a worker keeps what comes, '' for a pause of all; null: it knows no pause of one
-- client.
ALTER TABLE reversals.worker_state ADD COLUMN pauses text[];

-- The worker needs this right at once.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reversal_worker') THEN
        GRANT UPDATE (pauses) ON reversals.worker_state TO reversal_worker;
    END IF;
END
$$;
