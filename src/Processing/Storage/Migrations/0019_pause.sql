-- Who told the workers to take no requests, since when and why: of all clients (''), or of one. The row is
-- gone once somebody let them go on; the audit keeps both.
CREATE TABLE reversals.pause (
    client_id    text PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT now(),
    operator     text NOT NULL CHECK (operator <> ''),
    note         text NOT NULL CHECK (note <> '')
);
