-- Triggers on the tables of shop.sql that keep the worker's books up to date. To be run by the owner of these
-- tables, who was granted the role reversal_biller; the triggers run with the owner's rights, whoever writes.
--
-- Order of locks: a program of yours locks rows of its own first; the trigger then locks the bill, within
-- put_bill or record_payment. The worker locks bills, in ascending order, and never a row of yours. So nobody
-- waits in a circle as long as one transaction writes to one bill, or to several in ascending order. That is
-- why a statement that writes to many rows gives them to the functions sorted. Do not let a trigger on
-- billing.bill write to your tables: it would turn the order around. Listen for the event instead.

CREATE FUNCTION shop.sync_invoices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one shop.invoice;
BEGIN
    FOR one IN SELECT * FROM changed c WHERE c.state <> 'draft' ORDER BY c.no LOOP
        PERFORM billing.put_bill(
            client_id => one.merchant, bill_id => one.no, hash => md5('invoice ' || one.no),
            va_number => one.account, invoice_number => 'INV-' || one.no, type => 'partial',
            name => one.title, customer_name => one.buyer, total_cents => one.cents, valid_until => one.due,
            is_void => one.state = 'cancelled', created_at => one.written_at);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION shop.sync_receipts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one shop.receipt;
BEGIN
    FOR one IN SELECT * FROM changed c ORDER BY c.invoice_no, c.no LOOP
        PERFORM billing.record_payment(
            client_id => one.merchant, bill_id => one.invoice_no, payment_ref => one.bank_ref,
            amount_cents => one.cents, channel => one.bank, va_number => one.account, paid_at => one.paid_at);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER sync_new AFTER INSERT ON shop.invoice
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION shop.sync_invoices();
CREATE TRIGGER sync_changed AFTER UPDATE ON shop.invoice
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION shop.sync_invoices();
CREATE TRIGGER sync_new AFTER INSERT ON shop.receipt
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION shop.sync_receipts();


-- What was paid is in the books, so it stays here too. Name the columns that sync_receipts reads; any other, such
-- as a state that you change when an event says so, stays free.
CREATE FUNCTION shop.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is not possible: it is in the books of the reversal worker',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE OR UPDATE OF no, invoice_no, merchant, account, bank, bank_ref, cents, paid_at
    ON shop.receipt FOR EACH STATEMENT EXECUTE FUNCTION shop.refuse_change();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON shop.invoice
    FOR EACH STATEMENT EXECUTE FUNCTION shop.refuse_change();

-- A trigger needs no right to fire; nobody else is to bind these functions to a table of his own.
REVOKE ALL ON FUNCTION shop.sync_invoices, shop.sync_receipts, shop.refuse_change FROM PUBLIC;

-- What is there already: the invoices now, the receipts with CALL shop.bring_receipts(), which may be called
-- again. Each payment holds a lock until its transaction ends, so a transaction takes five hundred of them.
UPDATE shop.invoice SET state = state;

CREATE PROCEDURE shop.bring_receipts() LANGUAGE plpgsql
AS $$
DECLARE
    one shop.receipt;
    done integer := 0;
BEGIN
    FOR one IN SELECT * FROM shop.receipt r ORDER BY r.invoice_no, r.no LOOP
        PERFORM billing.record_payment(
            client_id => one.merchant, bill_id => one.invoice_no, payment_ref => one.bank_ref,
            amount_cents => one.cents, channel => one.bank, va_number => one.account, paid_at => one.paid_at);
        done := done + 1;
        IF done % 500 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
END
$$;
REVOKE ALL ON PROCEDURE shop.bring_receipts FROM PUBLIC;
