-- A preview is told of an account number only what its own requests name of it: an ending of 10 or 16 digits,
-- a beginning of 6. The rest is x, of which no request's number is made, so each comparison comes out as with
-- the number itself. The function without these numbers showed them to whoever signs in as reversal_operator.
-- A preview of a release before lacks it from now on, and says so.
DROP FUNCTION reversals.preview_payments(
    text[], text[], text[], text[], text[], text[], numeric[], timestamptz[], bigint);

CREATE FUNCTION reversals.preview_payments(
    ref_clients text[], payment_refs text[], own_clients text[], reference_ids text[],
    va_clients text[], va_numbers text[], amounts numeric[], paid_until timestamptz[], most bigint,
    named_numbers text[], named_prefixes text[])
RETURNS TABLE (
    id bigint, bill_id bigint, client_id text, payment_ref text, reference_id text, va_number text,
    channel text, amount numeric, reversed_amount numeric, paid_at timestamptz, level integer, place bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH hit AS MATERIALIZED (
        SELECT l.payment_id, l.level, l.place FROM reversals.locate(
            ref_clients, payment_refs, own_clients, reference_ids, va_clients, va_numbers, amounts,
            paid_until, most) l
    ), named AS (
        SELECT p.id, p.bill_id, p.client_id, p.payment_ref, p.reference_id, p.va_number::text, p.channel,
               p.amount, p.reversed_amount, p.paid_at,
               CASE WHEN left(p.va_number::text, 6) = ANY (named_prefixes) THEN 6 ELSE 0 END AS head,
               CASE WHEN right(p.va_number::text, 16) = ANY (named_numbers) THEN 16
                    WHEN right(p.va_number::text, 10) = ANY (named_numbers) THEN 10 ELSE 0 END AS tail
        FROM billing.payment p
        WHERE p.id = ANY (ARRAY(SELECT h.payment_id FROM hit h))
    )
    SELECT n.id, n.bill_id, n.client_id::text, n.payment_ref::text, n.reference_id::text,
           CASE WHEN n.head + n.tail >= length(n.va_number) THEN n.va_number
                ELSE left(n.va_number, n.head) || repeat('x', length(n.va_number) - n.head - n.tail)
                    || right(n.va_number, n.tail) END,
           n.channel::text, n.amount::numeric, n.reversed_amount::numeric,
           least(greatest(n.paid_at, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59+07'),
           NULL::integer, NULL::bigint
    FROM named n
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, h.level, h.place
    FROM hit h
    WHERE h.payment_id IS NULL
$$;

REVOKE EXECUTE ON FUNCTION reversals.preview_payments FROM PUBLIC;
-- Operators need this right at once.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reversal_operator') THEN
        GRANT EXECUTE ON FUNCTION reversals.preview_payments TO reversal_operator;
    END IF;
END
$$;
