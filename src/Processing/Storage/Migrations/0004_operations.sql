-- What people do about what went wrong. The tables that every reversal writes to get one index more, of one
-- small number a row; rejections and quarantined messages, which are few, pay for the rest.

-- Rows stay; what became of one is written beside it, once. What a message names is read roughly – the body
-- may be anything, and of any size – so that a search for a reference finds it.
ALTER TABLE reversals.quarantine
    ADD COLUMN resolution text CHECK (resolution IN ('replayed', 'discarded')),
    ADD COLUMN resolved_at timestamptz,
    ADD COLUMN resolved_by text,
    ADD COLUMN resolution_note text,
    ADD CHECK (num_nulls(resolution, resolved_at, resolved_by) IN (0, 3)),
    ADD COLUMN reference_id text GENERATED ALWAYS AS (btrim(substring(
        replace(encode(substring(body FROM 1 FOR 8192), 'escape'), '\\/', '/')
        FROM '"reference_id"\s*:\s*"([^"\\]{1,80})"'))) STORED,
    ADD COLUMN payment_ref text GENERATED ALWAYS AS (btrim(substring(
        replace(encode(substring(body FROM 1 FOR 8192), 'escape'), '\\/', '/')
        FROM '"payment_ref"\s*:\s*"([^"\\]{1,80})"'))) STORED;

CREATE INDEX quarantine_open ON reversals.quarantine (cause, id) INCLUDE (received_at)
    WHERE resolution IS NULL;
CREATE INDEX quarantine_by_reference_id ON reversals.quarantine (reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX quarantine_by_payment_ref ON reversals.quarantine (payment_ref) WHERE payment_ref IS NOT NULL;

-- What was applied is found by its key, or from its payment; what was refused, by what it named.
CREATE INDEX reversal_by_payment ON reversals.reversal (payment_id);
CREATE INDEX event_rejected_by_reference_id ON reversals.event (reference_id)
    WHERE kind = 'payment.reversal.rejected' AND reference_id IS NOT NULL;
CREATE INDEX event_rejected_by_payment_ref ON reversals.event (payment_ref)
    WHERE kind = 'payment.reversal.rejected' AND payment_ref IS NOT NULL;

-- Who did what by hand, when and why; written in the commit that did it. Nobody may change or delete a row.
CREATE TABLE reversals.operator_action (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT now(),
    operator     text NOT NULL CHECK (operator <> ''),
    signed_in_as text NOT NULL DEFAULT session_user,
    verb         text NOT NULL,
    target       text NOT NULL,
    note         text,
    count        bigint NOT NULL CHECK (count >= 0)
);
