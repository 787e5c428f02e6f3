-- The worker's own data (DbUp has made the schema for its journal).

-- The inbox. The key is for ever: the signature covers no time, so this row is the protection against replay.
-- There is no foreign key to billing: checking it would lock the biller's rows a second time in each commit.
CREATE TABLE reversals.reversal (
    client_id    text NOT NULL,
    reference_id text NOT NULL,
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    payment_id   bigint NOT NULL,
    bill_id      bigint NOT NULL,
    amount       numeric(18, 2) NOT NULL CHECK (amount > 0 AND amount < 1e16),
    event_id     uuid NOT NULL,
    reversed_at  timestamptz NOT NULL,
    PRIMARY KEY (client_id, reference_id)
);

-- Facts: the exact bytes of each answer. Rows stay.
CREATE TABLE reversals.event (
    event_id     uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('payment.reversal', 'payment.reversal.rejected')),
    client_id    text NOT NULL,
    reference_id text,
    payment_ref  text,
    rc           text NOT NULL,
    reason       text NOT NULL,
    body         bytea NOT NULL,
    trace_parent text,
    occurred_at  timestamptz NOT NULL
);

-- The to-do list of the relay: one small row for each time an event is to be
-- published, gone after the confirm. Each kind has an exchange and a relay of its own,
-- so that one nobody subscribed to holds up no other.
CREATE TABLE reversals.outbox (
    kind         text NOT NULL CHECK (kind IN ('payment.reversal', 'payment.reversal.rejected')),
    id           bigint GENERATED ALWAYS AS IDENTITY,
    event_id     uuid NOT NULL,
    bill_id      bigint,
    replayed     boolean NOT NULL DEFAULT false,
    enqueued_at  timestamptz NOT NULL DEFAULT now(),
    -- Nobody may claim the row before this: it is leased, or its last attempt failed and it rests.
    held_until   timestamptz NOT NULL DEFAULT '-infinity',
    lease_id     uuid,
    attempts     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, id)
) WITH (
    fillfactor = 70,
    -- A queue's dead rows stand at its head, where every claim begins to read.
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0
);

-- For the question whether an older row of the same bill is held.
CREATE INDEX outbox_by_bill ON reversals.outbox (bill_id, id) WHERE bill_id IS NOT NULL;

-- What could not be authenticated or processed: exact bytes, for people to look at. Rows stay.
CREATE TABLE reversals.quarantine (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause       text NOT NULL,
    detail      text NOT NULL,
    client_id   text,
    signature   text,
    headers     jsonb NOT NULL,
    body        bytea NOT NULL,
    sent_at     timestamptz,
    received_at timestamptz NOT NULL
);

-- The payments each request may mean. Every list is a set of probes of one index; the last
-- finds at the most as many payments per VA as the decisions of one batch could use up,
-- and one more to see that it is ambiguous.
CREATE FUNCTION reversals.locate(
    ref_clients text[], payment_refs text[],
    own_clients text[], reference_ids text[],
    va_clients text[], va_numbers text[], amounts numeric[], most bigint)
RETURNS TABLE (payment_id bigint, bill_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT p.id, p.bill_id
    FROM unnest(ref_clients, payment_refs) AS w (client_id, payment_ref)
    JOIN billing.payment p ON p.client_id = w.client_id AND p.payment_ref = w.payment_ref
    UNION ALL
    SELECT p.id, p.bill_id
    FROM unnest(own_clients, reference_ids) AS w (client_id, reference_id)
    JOIN billing.payment p ON p.client_id = w.client_id AND p.reference_id = w.reference_id
    UNION ALL
    SELECT fit.id, fit.bill_id
    FROM unnest(va_clients, va_numbers, amounts) AS w (client_id, va_number, amount)
    CROSS JOIN LATERAL (
        SELECT p.id, p.bill_id
        FROM billing.payment p
        WHERE p.client_id = w.client_id
          AND "right"(p.va_number, 10) = "right"(w.va_number, 10)
          AND "right"(p.va_number, length(w.va_number)) = w.va_number
          AND p.reversed_amount < p.amount
          AND (w.amount IS NULL OR p.amount - p.reversed_amount = w.amount)
        ORDER BY p.id
        LIMIT most
    ) AS fit
$$;

-- Stops a commit whose statement changed another number of rows than was decided. The code is the one of a
-- serialization failure: somebody else was first, and the batch is to be run again from the start.
CREATE FUNCTION reversals.expect_rows(actual bigint, expected bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF actual <> expected THEN
        RAISE EXCEPTION 'expected % rows, found %', expected, actual USING ERRCODE = 'serialization_failure';
    END IF;
END
$$;
