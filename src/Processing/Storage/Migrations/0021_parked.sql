-- Requests of a client that an operator has paused, as they came and proved: taken from the queue, so that
-- those of other clients behind them go on, and not decided. A worker decides each once its client may go on
-- again; taken_until says that one is at it. A row is gone once it was decided.
CREATE TABLE reversals.parked (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id      text NOT NULL,
    headers        jsonb NOT NULL,
    body           bytea NOT NULL,
    sent_at        timestamptz,
    correlation_id text,
    message_id     text,
    is_redelivered boolean NOT NULL,
    received_at    timestamptz NOT NULL,
    taken_until    timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX parked_by_client ON reversals.parked (client_id, id);
