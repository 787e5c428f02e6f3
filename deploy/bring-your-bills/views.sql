-- The tables of shop.sql shown as billing.bill and billing.payment. To be run by the owner of these tables
-- before the first migrate, which then makes no tables of its own. What the worker writes arrives in the
-- triggers.

-- What the worker keeps of a bill and of a payment, and the indexes by which it finds them. id is a bigint:
-- the index has to be on the very expression that the view shows.
ALTER TABLE shop.invoice
    ADD COLUMN paid_cents bigint NOT NULL DEFAULT 0 CHECK (paid_cents >= 0),
    ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE shop.receipt
    ADD COLUMN reversed_cents bigint NOT NULL DEFAULT 0 CHECK (reversed_cents BETWEEN 0 AND cents);
UPDATE shop.invoice i SET paid_cents = p.cents
FROM (SELECT r.invoice_no, sum(r.cents)::bigint AS cents FROM shop.receipt r GROUP BY r.invoice_no) AS p
WHERE p.invoice_no = i.no;
CREATE UNIQUE INDEX ON shop.invoice ((no::bigint));
CREATE UNIQUE INDEX ON shop.receipt ((no::bigint));
CREATE INDEX ON shop.receipt ((invoice_no::bigint));
CREATE INDEX ON shop.receipt (merchant, bank_ref);
CREATE INDEX ON shop.receipt (merchant, "right"(account, 10));

CREATE SCHEMA billing;
-- The functions that migrate binds have to find the views, and one day it may add functions beside them.
GRANT USAGE, CREATE ON SCHEMA billing TO reversal_owner;

CREATE VIEW billing.bill AS
SELECT i.no::bigint AS id, i.merchant AS client_id, md5('invoice ' || i.no) AS hash, i.account AS va_number,
       'INV-' || i.no AS invoice_number, 'partial'::text AS type, i.title AS name, i.buyer AS customer_name,
       NULL::text AS customer_email, NULL::text AS customer_phone, NULL::text AS customer_address,
       (i.cents / 100.0)::numeric(18, 2) AS total_amount, (i.cents / 100.0)::numeric(18, 2) AS billed_amount,
       (i.paid_cents / 100.0)::numeric(18, 2) AS paid_amount,
       CASE WHEN i.state = 'cancelled' THEN 'void' WHEN i.paid_cents >= i.cents THEN 'paid'
            WHEN i.due < now() THEN 'expired' ELSE 'active' END AS status,
       NULL::text AS description, NULL::text AS ext_description, i.due AS valid_until,
       i.written_at AS created_at, '[]'::jsonb AS components, NULL::jsonb AS additional_data, i.version
FROM shop.invoice i
WHERE i.state <> 'draft';

CREATE VIEW billing.payment AS
SELECT r.no::bigint AS id, r.invoice_no::bigint AS bill_id, r.merchant AS client_id,
       r.bank_ref AS payment_ref, NULL::text AS reference_id, r.account AS va_number, r.bank AS channel,
       (r.cents / 100.0)::numeric(18, 2) AS amount,
       (r.reversed_cents / 100.0)::numeric(18, 2) AS reversed_amount, r.paid_at
FROM shop.receipt r;

-- They run with the owner's rights: the worker has none on the tables behind the views. The status follows
-- from the amounts here, so it needs no place of its own.
CREATE FUNCTION shop.change_bill() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE shop.invoice i SET paid_cents = (NEW.paid_amount * 100)::bigint, version = NEW.version
    WHERE i.no = OLD.id;
    RETURN CASE WHEN FOUND THEN NEW END;
END
$$;

CREATE FUNCTION shop.change_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE shop.receipt r SET reversed_cents = (NEW.reversed_amount * 100)::bigint WHERE r.no = OLD.id;
    RETURN CASE WHEN FOUND THEN NEW END;
END
$$;

CREATE TRIGGER change INSTEAD OF UPDATE ON billing.bill
    FOR EACH ROW EXECUTE FUNCTION shop.change_bill();
CREATE TRIGGER change INSTEAD OF UPDATE ON billing.payment
    FOR EACH ROW EXECUTE FUNCTION shop.change_payment();

-- A trigger needs no right to fire; nobody else is to bind these functions to a view of his own.
REVOKE ALL ON FUNCTION shop.change_bill, shop.change_payment FROM PUBLIC;
