-- What anybody may send must not fill the disk. Of a body that is too large to be read, body holds only the
-- head; body_size and body_sha256, null when the body is whole, say what it was. The same message again is
-- the same row: it is counted in times. client is the configured client that the message names, or "unknown".
ALTER TABLE reversals.quarantine
    ADD COLUMN client text,
    ADD COLUMN fingerprint bytea CHECK (octet_length(fingerprint) = 32),
    ADD COLUMN body_size bigint,
    ADD COLUMN body_sha256 bytea CHECK (octet_length(body_sha256) = 32),
    ADD COLUMN times bigint NOT NULL DEFAULT 1,
    ADD COLUMN last_received_at timestamptz,
    ADD CHECK (num_nulls(body_size, body_sha256) IN (0, 2));

-- Once somebody saw to a row, the message may come and fail again: that is a row of its own. No predicate on
-- either index: one that fits every open row would be offered, and taken, for other questions about them.
CREATE UNIQUE INDEX quarantine_open_fingerprint ON reversals.quarantine (
    (CASE WHEN resolution IS NULL THEN fingerprint END));
CREATE INDEX quarantine_by_client ON reversals.quarantine (client, resolution);

-- Messages that nobody had signed and for which the quarantine had no room: how many, and how many bytes.
CREATE TABLE reversals.quarantine_dropped (
    client        text NOT NULL,
    cause         text NOT NULL,
    count         bigint NOT NULL,
    bytes         bigint NOT NULL,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    PRIMARY KEY (client, cause)
);
