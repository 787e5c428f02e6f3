-- A biller's own relations in place of the tables: views over tables of its own.

-- What 0001 of an earlier release made has no mark yet; what a biller made since has another owner or index.
DO $marks$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_class i JOIN pg_catalog.pg_index x ON x.indexrelid = i.oid
        JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace AND n.nspowner = i.relowner
        WHERE i.relname = 'payment_by_va' AND x.indrelid = pg_catalog.to_regclass('billing.payment')
          AND i.relowner = (
              SELECT r.relowner FROM pg_catalog.pg_class r WHERE r.oid = 'reversals.reversal'::regclass))
    THEN
        COMMENT ON SCHEMA billing IS 'Made by reversal-worker migrate';
        COMMENT ON TABLE billing.payment IS 'Made by reversal-worker migrate';
        IF EXISTS (
            SELECT FROM pg_catalog.pg_constraint c
            WHERE c.conname = 'payment_bill_id_fkey' AND c.confrelid = pg_catalog.to_regclass('billing.bill'))
        THEN
            COMMENT ON TABLE billing.bill IS 'Made by reversal-worker migrate';
        END IF;
    END IF;
END
$marks$;

-- Rows of a view have no place, so they are changed by their keys, one statement each: joined, the statement
-- might read all rows for each of them (decision 27). update_bills.sql changes tables in half the time.
CREATE FUNCTION reversals.update_bills(
    ids bigint[], paid_amounts numeric[], statuses text[], versions bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one record;
    changed bigint := 0;
BEGIN
    FOR one IN
        SELECT * FROM unnest(ids, paid_amounts, statuses, versions) AS w (id, paid_amount, status, version)
    LOOP
        UPDATE billing.bill b
        SET paid_amount = one.paid_amount, status = one.status, version = one.version
        WHERE b.id = one.id;
        changed := changed + CASE WHEN FOUND THEN 1 ELSE 0 END;
    END LOOP;
    RETURN changed;
END
$$;

CREATE FUNCTION reversals.update_payments(
    ids bigint[], reversed_before numeric[], reversed_amounts numeric[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one record;
    changed bigint := 0;
BEGIN
    FOR one IN
        SELECT * FROM unnest(ids, reversed_before, reversed_amounts)
            AS w (id, reversed_before, reversed_amount)
    LOOP
        UPDATE billing.payment p SET reversed_amount = one.reversed_amount
        WHERE p.id = one.id AND p.reversed_amount = one.reversed_before;
        changed := changed + CASE WHEN FOUND THEN 1 ELSE 0 END;
    END LOOP;
    RETURN changed;
END
$$;

-- Changes a bill and a payment as a reversal does, reads back what it wrote, and takes it back. Says which
-- relation of the biller's does not take part in that, and why; an empty text: both do. What somebody holds
-- at this moment, or is not there at all, is not tried.
CREATE FUNCTION reversals.try_commit() RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation text := 'billing.bill';
    bill record;
    payment record;
    wanted numeric;
    stored record;
BEGIN
    UPDATE billing.bill b SET paid_amount = 0, status = '', version = 0 WHERE b.id IS NULL;
    FOR bill IN
        SELECT b.id, b.version FROM billing.bill b ORDER BY b.id DESC LIMIT 1
    LOOP
        PERFORM FROM billing.bill b WHERE b.id = bill.id FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        UPDATE billing.bill b SET paid_amount = b.paid_amount, status = b.status, version = bill.version + 1
        WHERE b.id = bill.id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'an UPDATE of one row says that it changed none';
        END IF;
        SELECT b.version INTO stored FROM billing.bill b WHERE b.id = bill.id;
        IF stored.version IS DISTINCT FROM bill.version + 1 THEN
            RAISE EXCEPTION 'it does not keep the version it is given';
        END IF;
    END LOOP;

    relation := 'billing.payment';
    UPDATE billing.payment p SET reversed_amount = 0 WHERE p.id IS NULL;
    FOR payment IN
        SELECT p.id, p.bill_id, p.amount, p.reversed_amount FROM billing.payment p ORDER BY p.id DESC LIMIT 1
    LOOP
        PERFORM FROM billing.bill b WHERE b.id = payment.bill_id FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        wanted := CASE WHEN payment.reversed_amount = 0 THEN payment.amount ELSE 0 END;
        UPDATE billing.payment p SET reversed_amount = wanted
        WHERE p.id = payment.id AND p.reversed_amount = payment.reversed_amount;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'an UPDATE of one row says that it changed none';
        END IF;
        SELECT p.reversed_amount INTO stored FROM billing.payment p WHERE p.id = payment.id;
        IF stored.reversed_amount IS DISTINCT FROM wanted THEN
            RAISE EXCEPTION 'it does not keep the reversed_amount it is given';
        END IF;
    END LOOP;

    relation := 'a trigger that is put off to the commit';
    SET CONSTRAINTS ALL IMMEDIATE;
    RAISE EXCEPTION 'taken back' USING ERRCODE = 'RV000';
EXCEPTION
    WHEN SQLSTATE 'RV000' THEN
        RETURN '';
    WHEN OTHERS THEN
        RETURN relation || ': ' || SQLERRM;
END
$$;
