-- What a biller's program calls: two functions that lock the bill first, as the worker does, and keep its
-- amounts, its status and its version right. Money is in whole cents. They run as their owner, so whoever
-- calls them (reversal_biller) needs no right on the tables. Errors have the codes RB001 to RB004 and name
-- field and rule. Parameters are called like the columns; a column is always written with its table.

-- RB004: a value that breaks a rule.
CREATE FUNCTION billing.expect(is_right boolean, call text, field text, value text, expected text)
RETURNS void LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF is_right IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'RB004', COLUMN = field,
            MESSAGE = format('%s: %s is %s; expected %s', call, field,
                CASE WHEN value IS NULL THEN 'missing' ELSE quote_literal(left(value, 80)) END, expected);
    END IF;
END
$$;

-- The status follows from the amounts, by the rules of a reversal. A bill that a reversal emptied stays so.
CREATE FUNCTION billing.status_of(
    status text, type text, paid_amount numeric, total_amount numeric, valid_until timestamptz)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN status = 'void' THEN 'void'
        WHEN type = 'open' THEN 'active'
        WHEN paid_amount >= total_amount THEN 'paid'
        WHEN valid_until < now() THEN 'expired'
        WHEN status = 'reversal' AND paid_amount = 0 THEN 'reversal'
        ELSE 'active'
    END
$$;

-- Adds the bill, or gives it these contents; what was paid stays. The same again changes nothing. Returns the
-- bill's version.
CREATE FUNCTION billing.put_bill(
    client_id text, bill_id bigint, hash text, va_number text, invoice_number text, type text, name text,
    customer_name text, total_cents bigint, valid_until timestamptz,
    billed_cents bigint DEFAULT NULL, is_void boolean DEFAULT false,
    customer_email text DEFAULT NULL, customer_phone text DEFAULT NULL, customer_address text DEFAULT NULL,
    description text DEFAULT NULL, ext_description text DEFAULT NULL, created_at timestamptz DEFAULT NULL,
    components jsonb DEFAULT '[]', additional_data jsonb DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    most CONSTANT bigint := 999999999999999999;
    total numeric := total_cents::numeric / 100;
    billed numeric := coalesce(billed_cents, total_cents)::numeric / 100;
    stored billing.bill;
    state text;
BEGIN
    PERFORM billing.expect(
            client_id <> '', 'put_bill', 'client_id', client_id, 'the client whose bill it is'),
        billing.expect(bill_id > 0, 'put_bill', 'bill_id', bill_id::text, 'the bill''s own number, above 0'),
        billing.expect(va_number ~ '^[0-9]{16}$', 'put_bill', 'va_number', va_number, '16 digits'),
        billing.expect(
            type IN ('open', 'close', 'partial'), 'put_bill', 'type', type, 'open, close or partial'),
        billing.expect(total_cents BETWEEN 0 AND most, 'put_bill', 'total_cents', total_cents::text,
            'whole cents, 0 or more'),
        billing.expect(coalesce(billed_cents, 0) BETWEEN 0 AND most, 'put_bill', 'billed_cents',
            billed_cents::text, 'whole cents, 0 or more'),
        billing.expect(jsonb_typeof(components) = 'array', 'put_bill', 'components', components::text,
            'an array'),
        billing.expect(is_void IS NOT NULL, 'put_bill', 'is_void', NULL, 'true or false'),
        billing.expect(hash IS NOT NULL, 'put_bill', 'hash', hash, 'a text'),
        billing.expect(invoice_number IS NOT NULL, 'put_bill', 'invoice_number', NULL, 'a text'),
        billing.expect(name IS NOT NULL, 'put_bill', 'name', NULL, 'a text'),
        billing.expect(customer_name IS NOT NULL, 'put_bill', 'customer_name', NULL, 'a text'),
        billing.expect(valid_until IS NOT NULL, 'put_bill', 'valid_until', NULL, 'a time');

    SELECT b.* INTO stored FROM billing.bill b WHERE b.id = bill_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        state := billing.status_of(
            CASE WHEN is_void THEN 'void' ELSE 'active' END, type, 0, total, valid_until);
        INSERT INTO billing.bill AS b (
            id, client_id, hash, va_number, invoice_number, type, name, customer_name, customer_email,
            customer_phone, customer_address, total_amount, billed_amount, status, description,
            ext_description,
            valid_until, created_at, components, additional_data, version)
        VALUES (
            bill_id, client_id, hash, va_number, invoice_number, type, name, customer_name, customer_email,
            customer_phone, customer_address, total, billed, state, description, ext_description,
            valid_until, coalesce(created_at, now()), components, additional_data, 1)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
            RETURN 1;
        END IF;

        -- Another transaction added it meanwhile.
        SELECT b.* INTO STRICT stored FROM billing.bill b WHERE b.id = bill_id FOR NO KEY UPDATE;
    END IF;

    IF stored.client_id <> client_id THEN
        RAISE EXCEPTION USING ERRCODE = 'RB002', COLUMN = 'client_id', MESSAGE = format(
            'put_bill: bill_id %s is a bill of another client than %s', bill_id, client_id);
    END IF;

    state := billing.status_of(
        CASE WHEN is_void THEN 'void' WHEN stored.status = 'void' THEN 'active' ELSE stored.status END,
        type, stored.paid_amount, total, valid_until);
    UPDATE billing.bill b
    SET hash = put_bill.hash, va_number = put_bill.va_number, invoice_number = put_bill.invoice_number,
        type = put_bill.type, name = put_bill.name, customer_name = put_bill.customer_name,
        customer_email = put_bill.customer_email, customer_phone = put_bill.customer_phone,
        customer_address = put_bill.customer_address, total_amount = total, billed_amount = billed,
        status = state, description = put_bill.description, ext_description = put_bill.ext_description,
        valid_until = put_bill.valid_until, created_at = coalesce(put_bill.created_at, b.created_at),
        components = put_bill.components, additional_data = put_bill.additional_data, version = b.version + 1
    WHERE b.id = bill_id
      AND (b.hash, b.va_number, b.invoice_number, b.type, b.name, b.customer_name, b.customer_email,
           b.customer_phone, b.customer_address, b.total_amount, b.billed_amount, b.status, b.description,
           b.ext_description, b.valid_until, b.created_at, b.components, b.additional_data)
          IS DISTINCT FROM
          (hash, va_number, invoice_number, type, name, customer_name, customer_email,
           customer_phone, customer_address, total, billed, state, description,
           ext_description, valid_until, coalesce(created_at, b.created_at), components, additional_data);
    RETURN stored.version + CASE WHEN FOUND THEN 1 ELSE 0 END;
END
$$;

-- Adds a payment and what follows from it. A payment_ref stands for one payment of a client: the same payment
-- again changes nothing, and with other contents it is an error (RB003). Returns the payment's id.
CREATE FUNCTION billing.record_payment(
    client_id text, bill_id bigint, payment_ref text, amount_cents bigint,
    reference_id text DEFAULT NULL, channel text DEFAULT NULL, va_number text DEFAULT NULL,
    paid_at timestamptz DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    most CONSTANT bigint := 999999999999999999;
    reference CONSTANT text := '^[!-~]([ -~]{0,62}[!-~])?$';
    amount numeric := amount_cents::numeric / 100;
    bill billing.bill;
    known billing.payment;
    added bigint;
BEGIN
    PERFORM billing.expect(
            client_id <> '', 'record_payment', 'client_id', client_id, 'the client whose bill it is'),
        billing.expect(payment_ref ~ reference, 'record_payment', 'payment_ref', payment_ref,
            '1 to 64 printable ASCII characters'),
        billing.expect(reference_id IS NULL OR reference_id ~ reference, 'record_payment', 'reference_id',
            reference_id, '1 to 64 printable ASCII characters'),
        billing.expect(va_number IS NULL OR va_number ~ '^[0-9]{16}$', 'record_payment', 'va_number',
            va_number, '16 digits'),
        billing.expect(amount_cents BETWEEN 1 AND most, 'record_payment', 'amount_cents', amount_cents::text,
            'whole cents, above 0');

    SELECT b.* INTO bill FROM billing.bill b WHERE b.id = bill_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'RB001', COLUMN = 'bill_id', MESSAGE = format(
            'record_payment: there is no bill with bill_id %s; put_bill first',
            coalesce(bill_id::text, 'null'));
    ELSIF bill.client_id <> client_id THEN
        RAISE EXCEPTION USING ERRCODE = 'RB002', COLUMN = 'client_id', MESSAGE = format(
            'record_payment: bill_id %s is a bill of another client than %s', bill_id, client_id);
    END IF;

    -- The same payment_ref at the same time on another bill waits here.
    PERFORM pg_advisory_xact_lock(
        hashtextextended(format('billing.payment %s %s', client_id, payment_ref), 0));
    SELECT p.* INTO known FROM billing.payment p
    WHERE p.client_id = client_id AND p.payment_ref = payment_ref
    ORDER BY p.id LIMIT 1;
    IF NOT FOUND THEN
        INSERT INTO billing.payment AS p (
            bill_id, client_id, payment_ref, reference_id, va_number, channel, amount, paid_at)
        VALUES (
            bill_id, client_id, payment_ref, reference_id, coalesce(va_number, bill.va_number), channel,
            amount, coalesce(paid_at, now()))
        RETURNING p.id INTO added;
        UPDATE billing.bill b
        SET paid_amount = b.paid_amount + amount, version = b.version + 1,
            status = billing.status_of(
                b.status, b.type, b.paid_amount + amount, b.total_amount, b.valid_until)
        WHERE b.id = bill_id;
        RETURN added;
    ELSIF (known.bill_id, known.amount, known.reference_id, known.channel, known.va_number,
           coalesce(paid_at, known.paid_at))
        IS DISTINCT FROM (bill_id, amount, reference_id, channel, coalesce(va_number, known.va_number),
           known.paid_at)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'RB003', COLUMN = 'payment_ref', MESSAGE = format(
            'record_payment: payment_ref %L of client %s is payment %s already, of %s on bill %s, and this '
            'one has other contents', payment_ref, client_id, known.id, known.amount, known.bill_id);
    END IF;
    RETURN known.id;
END
$$;

-- Until roles.sql is run for this release, nobody new may call them.
REVOKE ALL ON FUNCTION
    billing.expect, billing.status_of, billing.put_bill, billing.record_payment FROM PUBLIC;
