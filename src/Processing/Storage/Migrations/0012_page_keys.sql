-- The keys that protect the forms of the operator page, so that a form that one worker made can be sent to
-- another. One row a key, in the XML of ASP.NET's data protection, which adds one every three months; none is
-- ever changed. Who can read them could make a form's hidden field, and still not sign in as an operator.
CREATE TABLE reversals.page_key (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    xml         text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
