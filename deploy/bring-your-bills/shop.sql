-- A biller's own tables, as an example: other names, integer numbers, money in cents, its own states.
CREATE SCHEMA shop;

CREATE TABLE shop.invoice (
    no         integer PRIMARY KEY,
    merchant   text NOT NULL,
    account    text NOT NULL,
    title      text NOT NULL,
    buyer      text NOT NULL,
    cents      bigint NOT NULL CHECK (cents >= 0),
    due        timestamptz NOT NULL,
    state      text NOT NULL DEFAULT 'sent' CHECK (state IN ('draft', 'sent', 'cancelled')),
    written_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shop.receipt (
    no         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_no integer NOT NULL REFERENCES shop.invoice,
    merchant   text NOT NULL,
    account    text NOT NULL,
    bank       text,
    bank_ref   text NOT NULL,
    cents      bigint NOT NULL CHECK (cents > 0),
    paid_at    timestamptz NOT NULL DEFAULT now()
);
