-- A request names a channel of at most 32 characters: a payment with a longer one could not be named by it.
-- One that was recorded before is still the same payment when it is recorded again. The rest is as it was.
CREATE OR REPLACE FUNCTION billing.record_payment(
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
        PERFORM billing.expect(channel IS NULL OR length(channel) <= 32, 'record_payment', 'channel', channel,
            'at most 32 characters, since no request could name it');
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
