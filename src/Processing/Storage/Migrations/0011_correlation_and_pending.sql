-- The correlation-id of a request goes with each answer to it, so that a sender finds its own among all.
-- With the event stands its request's; with the outbox only that of a copy, which answers another request;
-- with the pending and the quarantined what their later answers carry. A worker of before leaves them empty.
ALTER TABLE reversals.event ADD COLUMN correlation_id text;
ALTER TABLE reversals.outbox ADD COLUMN correlation_id text;
ALTER TABLE reversals.pending ADD COLUMN correlation_id text;
ALTER TABLE reversals.quarantine ADD COLUMN correlation_id text;

-- Who waits for a payment is found from the payment, so a look costs what is new and not who waits. Only what
-- came before its payment pays for these.
CREATE INDEX pending_by_payment_ref ON reversals.pending (client_id, payment_ref)
    WHERE payment_ref IS NOT NULL;
CREATE INDEX pending_by_reference_id ON reversals.pending (client_id, reference_id)
    WHERE payment_ref IS NULL;
CREATE INDEX pending_by_va ON reversals.pending (client_id, "right"(va_number, 10))
    WHERE payment_ref IS NULL AND va_number IS NOT NULL;
CREATE INDEX pending_by_end ON reversals.pending (pending_until);
