-- Requests that came before their payment, as they were read. The same key with other content is another row,
-- so that each gets its answer in the order of arrival, as if the payment had been there.
CREATE TABLE reversals.pending (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id     text NOT NULL,
    key           text NOT NULL,
    request_hash  bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    payment_ref   text,
    reference_id  text,
    amount        numeric(18, 2) CHECK (amount > 0 AND amount < 1e16),
    va_number     text,
    prefix        text,
    channel       text,
    trace_parent  text,
    sent_at       timestamptz NOT NULL,
    pending_until timestamptz NOT NULL,
    UNIQUE (client_id, key, request_hash)
);
