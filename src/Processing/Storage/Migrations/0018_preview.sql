-- What a preview reads in place of lock_bills.sql and read_payments.sql: the same rows, without a lock. An
-- operator may not read who a bill is for, or on which account it was paid; so the functions run as their
-- owner, tell of a bill only what a decision depends on, and of payments only those that a request names.
CREATE FUNCTION reversals.preview_bills(
    ref_clients text[], payment_refs text[], own_clients text[], reference_ids text[],
    va_clients text[], va_numbers text[], amounts numeric[], paid_until timestamptz[], most bigint)
RETURNS TABLE (
    id bigint, client_id text, hash text, va_number text, invoice_number text, type_word text, name text,
    customer_name text, total_amount numeric, billed_amount numeric, paid_amount numeric, status_word text,
    valid_until timestamptz, created_at timestamptz, lines text, additional text, version bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT b.id, b.client_id::text, '', '', '', b.type::text, '', '', b.total_amount::numeric,
           b.billed_amount::numeric, b.paid_amount::numeric, b.status::text,
           least(greatest(b.valid_until, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07'),
           least(greatest(b.created_at, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07'),
           NULL::text, NULL::text, b.version
    FROM billing.bill b
    WHERE b.id = ANY (ARRAY(SELECT l.bill_id FROM reversals.locate(
        ref_clients, payment_refs, own_clients, reference_ids, va_clients, va_numbers, amounts, paid_until,
        most) l))
$$;

CREATE FUNCTION reversals.preview_payments(
    ref_clients text[], payment_refs text[], own_clients text[], reference_ids text[],
    va_clients text[], va_numbers text[], amounts numeric[], paid_until timestamptz[], most bigint)
RETURNS TABLE (
    id bigint, bill_id bigint, client_id text, payment_ref text, reference_id text, va_number text,
    channel text, amount numeric, reversed_amount numeric, paid_at timestamptz, level integer, place bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH hit AS MATERIALIZED (
        SELECT l.payment_id, l.level, l.place FROM reversals.locate(
            ref_clients, payment_refs, own_clients, reference_ids, va_clients, va_numbers, amounts,
            paid_until, most) l
    )
    SELECT p.id, p.bill_id, p.client_id::text, p.payment_ref::text, p.reference_id::text, p.va_number::text,
           p.channel::text, p.amount::numeric, p.reversed_amount::numeric,
           least(greatest(p.paid_at, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07'),
           NULL::integer, NULL::bigint
    FROM billing.payment p
    WHERE p.id = ANY (ARRAY(SELECT h.payment_id FROM hit h))
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, h.level, h.place
    FROM hit h
    WHERE h.payment_id IS NULL
$$;
